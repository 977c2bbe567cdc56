"""One module per standard, both ways: bytes into nouns and back."""
