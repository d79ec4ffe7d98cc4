"""Namecheap on this machine: a server that behaves as its documentation says."""
