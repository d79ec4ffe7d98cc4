"""Version 1 of the client API: one file for each resource."""
