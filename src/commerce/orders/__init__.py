"""What a client placed at one moment, and what became of each unit."""
