"""FDAN as the released code has it, and FDAN end to end."""
