"""Torchvision's networks: their import, their weights, their input."""
