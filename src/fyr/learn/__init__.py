"""How models are made and judged: cohorts, training, validation, calibration, federation, disclosure."""
