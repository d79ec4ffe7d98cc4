"""How often chance is drawn: seldom in each run, and as often as one likes with ``DRAWS``."""

import os


def draws(usual: int) -> int:
    """Random examples of a test: the usual number of them, or ``DRAWS`` times as many."""
    return usual * int(os.environ.get("DRAWS", "1"))
