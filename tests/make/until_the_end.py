"""What lives as long as a process of tests: workers of pytest-xdist end without Python's ``atexit``."""

from contextlib import ExitStack

UNTIL_THE_END = ExitStack()
"""``tests/conftest.py`` closes it after the last test."""
