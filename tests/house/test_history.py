"""Each change that a client may read of in his history is told in words that can be translated."""

import re

from commerce.portal.account.history import ACTION_LABELS, RIGHT_BY_ACTION_PREFIX
from tests.house.source import PACKAGE, files_named

STAFF_ONLY = {
    *("client.group_set", "client.dunning_on", "client.dunning_off", "invoice.drafted"),
    *("domain.code_revealed", "order.noted", "order.held", "order.activated_unpaid"),
    *("invoice.stopped", "invoice.released", "order.price_agreed"),
}
"""Actions whose entries are for staff, or are left out of the history."""


def test_no_action_was_told_by_its_name() -> None:
    """`invoice.reminded` read "Invoice reminded", in English to everybody."""
    nouns = "|".join(prefix.rstrip(".") for prefix in RIGHT_BY_ACTION_PREFIX)
    found: set[str] = set()
    for path in files_named("actions"):
        text = path.read_text("utf-8")
        for choice in re.findall(r"\baction=([^\n]+)", text):
            found |= set(re.findall(rf'"((?:{nouns})\.[a-z_]+)"', choice))
        app = path.relative_to(PACKAGE).parts[0]
        if app in ("hosting", "domains"):
            noun = app.removesuffix("s") if app == "domains" else "service"
            found |= {
                f"{noun}.{verb}" for verb in re.findall(r'update_\w+\(\s*\w+,\s*"(\w+)"', text)
            }
    assert len(found) > 20
    untold = {one for one in found - STAFF_ONLY if one.partition(".")[2] not in ACTION_LABELS}
    assert untold == set()
