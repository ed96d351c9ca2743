"""The paper's figures, and the contact sheets."""
