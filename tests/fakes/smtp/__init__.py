"""An SMTP server for fault tests, in a process of its own: strict, told at run time how to misbehave, and with an
append-only log of what it accepted, which is the oracle of "one send"."""
