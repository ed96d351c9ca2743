"""Whether probabilities are as often right as they say, and the temperature that makes them so."""
