"""A corpus before anything is computed from it: what is there, what is broken, what would inflate results."""
