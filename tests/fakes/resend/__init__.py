"""Resend's `POST /emails` for fault tests, in a process of its own: strict about what it is asked, told at run time how
to misbehave, and with an append-only log of what it accepted, which is the oracle of "one send"."""
