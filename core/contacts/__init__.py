"""The people written to: who they are, and who may be written to again."""
