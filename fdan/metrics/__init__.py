"""What a run says of the test utterances, and the scores of that."""
