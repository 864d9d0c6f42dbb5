"""What every door over HTTP shares: bounded bodies, JSON, security headers, a line in the log, probes."""
