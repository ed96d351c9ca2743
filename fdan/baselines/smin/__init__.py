"""SMIN, a semi-supervised multi-modal interaction network (Lian, Liu & Tao 2022), a row of Table 2."""
