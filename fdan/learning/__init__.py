"""FDAN: the network, its losses, its training, and prediction through the memory bank (Secs. 2.2-2.4)."""
