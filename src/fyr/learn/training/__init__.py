"""How a model is trained, and what it must beat."""
