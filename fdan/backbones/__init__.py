"""Networks trained elsewhere, and their features: torchvision's for images, a speech encoder for sound."""
