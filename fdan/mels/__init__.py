"""From sounds to Mel images (Sec. 3.2)."""
