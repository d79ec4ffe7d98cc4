"""Registries that are spoken to directly, by EPP."""
