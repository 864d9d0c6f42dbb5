"""A member's App Home: what waits for them, what became of their day, and what is in trouble."""
