"""Structure names after AAPM TG-263: the list, the rules, and what a hospital's own names mean in it."""
