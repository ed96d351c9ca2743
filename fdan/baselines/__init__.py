"""The methods that FDAN is compared with."""
