"""What Signoff is measured beside: programs that run in an environment of their own, with packages of their own."""
