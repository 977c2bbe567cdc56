"""Radiation protection: what patients and staff are exposed to, each in the quantity that it was measured in."""
