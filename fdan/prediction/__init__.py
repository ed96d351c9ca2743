"""Answers for recordings of one's own: the trained network in use, and as a folder that goes elsewhere."""
