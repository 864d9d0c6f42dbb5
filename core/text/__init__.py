"""Text that people and programs hand in, and text that people read: cleaned, validated, put into words. No SQL."""
