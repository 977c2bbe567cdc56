"""Scores of a blood sample that go with the outcome of a cancer."""
