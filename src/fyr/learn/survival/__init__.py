"""Survival analysis: curves, ranks and hazards of events that are censored or compete."""
