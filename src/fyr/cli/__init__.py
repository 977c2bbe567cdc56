"""The `fyr` command: one thin module per verb."""
