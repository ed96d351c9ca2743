"""GM-TCNet, a gated multi-scale temporal convolutional network (Ye et al. 2022), a row of Table 1."""
