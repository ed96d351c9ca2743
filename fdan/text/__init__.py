"""What is said, as numbers: a lexical encoder that is always there, or a pretrained one."""
