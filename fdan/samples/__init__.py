"""One sample for each utterance, cached: face crops, Mel images and sounds (Sec. 3.2)."""
