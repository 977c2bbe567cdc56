"""Statistics over hospitals that equal those of the pooled rows, because only sums are needed for them."""
