"""One reader per corpus, and the registry that names them."""
