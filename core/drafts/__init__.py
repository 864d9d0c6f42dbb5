"""Drafts: how they arrive, and everything that people decide about them (DESIGN §3)."""
