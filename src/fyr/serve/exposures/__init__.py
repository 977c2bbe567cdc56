"""Radiation exposures of patients and of a department, as the server shows them."""
