"""MAP, multi-modal attentive prompts (Liang et al. 2024), a row of Table 2."""
