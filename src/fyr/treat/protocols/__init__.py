"""Protocols that come with Fyr: every value with its source, and where it was read."""
