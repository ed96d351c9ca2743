"""The rows of Tables 1 and 2 beside FDAN: a file per method, and what several of them share."""
