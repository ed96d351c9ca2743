"""The study on real people: real speech taught by photographs of other people."""
