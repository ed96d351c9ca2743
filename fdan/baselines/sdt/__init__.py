"""SDT, a transformer with self-distillation over a dialogue (Ma et al. 2023), a row of Table 2."""
