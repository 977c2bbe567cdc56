"""Individualised radiotherapy: dose, plan quality, expected outcome, radiation protection."""
