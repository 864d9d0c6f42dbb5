"""Logs, metrics and probes: numbers, ids and codes, never text (P11)."""
