"""The study on real people: recorded speech, with photographs of other people as source faces."""
