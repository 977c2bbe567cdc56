"""Pictures and dose in patient space: volumes, frames, structure sets, dose grids, plans, slides; no files."""
