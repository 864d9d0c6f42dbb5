"""A message as bytes, and one conversation with the server that takes it (RFC 5321, Resend). Knows no table."""
