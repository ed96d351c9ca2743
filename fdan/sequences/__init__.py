"""What the methods of other publications read, and how they are asked to recognise it."""
