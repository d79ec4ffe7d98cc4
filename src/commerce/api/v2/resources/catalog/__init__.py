"""What a client may buy, at its own prices."""
