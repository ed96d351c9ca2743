"""TRIN, temporal relations between sound and picture within an utterance (Dong et al. 2022), a row of Table 2."""
