"""Openprovider on this machine: a server that behaves as its API description says, and a resolver beside it."""
