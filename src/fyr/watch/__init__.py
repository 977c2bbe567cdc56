"""Continuous monitoring on the ward: signals in, sorted alarms out."""
