"""The whole installation: the kill switch, and the guard against a restored database (P12)."""
