"""FDAN-repro: the feature distribution adaptation network for speech emotion recognition."""
