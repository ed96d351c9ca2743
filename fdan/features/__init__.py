"""From images to the frozen features of a backbone (Sec. 2)."""
