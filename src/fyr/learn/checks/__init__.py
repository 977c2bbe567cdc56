"""What ruins a table before any model sees it, found unprompted."""
