"""A pre-trained speech encoder in the acoustic seat: from an utterance's sound to one vector (not in the paper)."""
