"""The CNN rows of Tables 1 and 2."""
