"""Mollie on this machine: a server that behaves as its documentation says, and the world around it."""
