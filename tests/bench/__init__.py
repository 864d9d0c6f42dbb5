"""Measurements, each beside a floor or a peer in the same run: `make bench`. They write docs/benchmarks.md."""
