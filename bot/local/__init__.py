"""Signoff on one machine: its own PostgreSQL and Redis, and `signoff up`, which runs everything."""
