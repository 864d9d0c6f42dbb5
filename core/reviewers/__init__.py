"""Reviewers: who gets which draft, when they want quiet, what waits for whom, and approving many at once."""
