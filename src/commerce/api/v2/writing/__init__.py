"""Writes of version 2: strict bodies, keys, acts, operations."""
