"""The early-warning risk model: features of hourly vitals and labs, boosted trees, and how well they do."""
