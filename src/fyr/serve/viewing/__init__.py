"""A patient's pictures, structures, dose and plan, prepared for the page: read once, kept for a while."""

from fyr.serve.viewing.viewing import Viewing

__all__ = ["Viewing"]
