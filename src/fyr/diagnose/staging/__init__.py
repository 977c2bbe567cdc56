"""Stage groups of lung and breast cancer."""
