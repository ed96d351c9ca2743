"""CADF, deep fusion of speech and text by cross-attention (Khan et al. 2024), a row of Table 2."""
