"""A patient's audiograms, as the server shows and keeps them."""
