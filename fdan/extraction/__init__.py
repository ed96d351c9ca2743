"""Work on many files that may crash or hang whoever reads them: over processes and machines, and remembered."""
