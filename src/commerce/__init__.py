"""Commerce: billing and client portal for hosting companies."""

__version__ = "0.1.0"
