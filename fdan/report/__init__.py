"""One page that shows everything: reports/index.html, which needs nothing beside itself."""
