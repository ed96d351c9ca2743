"""The methods that FDAN is compared with, a room each."""
