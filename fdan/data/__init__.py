"""What an utterance is, and where each corpus keeps its own."""
