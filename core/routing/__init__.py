"""Who gets which draft, and in what order."""
