"""Accounts: what an inbox may send, how its mail is received, and whether it is paused."""
