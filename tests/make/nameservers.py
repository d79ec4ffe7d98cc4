"""What the sale of names needs."""

from commerce.kit.context import SYSTEM, Context
from commerce.site_settings.actions import set_setting
from tests.make.people import AT


def give_nameservers() -> None:
    """The two that names get whose buyers bring none: without them no TLD is sold."""
    for n in (1, 2):
        set_setting(key=f"domains.ns{n}", value=f"ns{n}.example.net", ctx=Context(AT, SYSTEM))
