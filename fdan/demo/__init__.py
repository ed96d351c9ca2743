"""Synthetic stand-ins for SAVEE and MELD, so that the whole paper runs out of the box."""
