"""Utterances in the order in which they are said, as the methods that read text or context see them."""
