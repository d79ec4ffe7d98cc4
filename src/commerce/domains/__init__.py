"""Domain names that are registered or transferred through Commerce."""
