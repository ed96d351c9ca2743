"""INCA, twine shuffle patterns of wavelet sub-bands and a polynomial SVM (Tuncer et al. 2021), a row of Table 1."""
