"""TF-Mix, an ensemble of three networks over features of frames (Wang et al. 2024), a row of Table 1."""
