"""How resources of version 2 are read: lists by cursors, filters, what is shown, tags."""
