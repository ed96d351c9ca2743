"""The sound of every utterance, decoded once for all methods that read sound."""
