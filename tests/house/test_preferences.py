"""A setting that nothing reads would be a promise to staff that is not kept."""

import re

from commerce.preferences.keys import KEYS
from tests.house.source import PACKAGE

BY_ITS_SEQUENCE = {"billing.invoice_prefix", "billing.credit_note_prefix"}
BY_ITS_CONSTANT = {"billing.time_zone"}


def test_each_preference_is_read_somewhere() -> None:
    """By its whole name, or by its group and a name that is put in, as ``get(f"company.{field}")`` does."""
    code = "".join(
        path.read_text("utf-8")
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.parent.name not in ("preferences", "demo")
    )
    formed = set(re.findall(r"get\(\s*f\"([a-z_.]+)\{", code)) - {"billing."}
    assert {"company.", "domains.ns", "gateway."} <= formed
    unread = {key for key in KEYS if f'"{key}"' not in code and not key.startswith(tuple(formed))}
    assert unread <= BY_ITS_SEQUENCE | BY_ITS_CONSTANT
