"""The resources of version 2."""
