"""`signoff up`: everything on one machine, started, watched and ended together."""
