"""Lung nodules and lung cancer."""
