"""How a model is judged: rank, calibration, error and benefit, with intervals by patient."""
