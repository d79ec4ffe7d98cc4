"""What the sale of names needs."""

from commerce.kit.actor import SYSTEM
from commerce.preferences.actions import set_preference
from tests.make.people import AT


def give_nameservers() -> None:
    """The two that names get whose buyers bring none: without them no TLD is sold."""
    for n in (1, 2):
        set_preference(key=f"domains.ns{n}", value=f"ns{n}.example.net", at=AT, actor=SYSTEM)
