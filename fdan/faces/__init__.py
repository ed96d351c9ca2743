"""From clips and photographs to face crops (Sec. 3.2)."""
