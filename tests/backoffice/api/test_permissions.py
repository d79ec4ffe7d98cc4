"""What the staff area refuses the API refuses: each kind, act and role, by the one table (staff-api.md)."""

import pytest

from commerce.accounts.models import StaffRole
from commerce.accounts.staff_rules import PRESETS, StaffPermission
from commerce.backoffice.api.kinds import kinds_of
from commerce.backoffice.base.access import are_enough
from commerce.backoffice.site import staff_site
from tests.backoffice.api.calls import get, post
from tests.make.staff import make_staff, make_staff_token

pytestmark = pytest.mark.django_db


OWN_ROLES = {
    "night": [StaffPermission.SERVICES_HELP, StaffPermission.REPORTS_VIEW],
    "odd": [*StaffPermission][::2],
    "even": [*StaffPermission][1::2],
}
"""Roles of the company's own: one whose permission is contained in others, and two of which one has what the other
lacks.
"""


@pytest.mark.parametrize("role", [*PRESETS, *OWN_ROLES])
def test_each_role_reads_and_does_what_the_staff_area_lets_it(
    role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("commerce.backoffice.api.caller.RATE", (10_000, 60))
    if role in OWN_ROLES:
        StaffRole.objects.create(key=role, name="Own", permissions=OWN_ROLES[role])
    staff = make_staff(role)
    held = staff.all_permissions
    token = make_staff_token(staff)[1]
    for kind in kinds_of(staff_site).values():
        rule = staff_site.rules[f"{kind.admin.names}_changelist"]
        may_read = are_enough(held, rule.read)
        assert (get(f"{kind.name}?limit=1", token).status == 200) == may_read, kind.name
        acts = [*kind.list_acts.values(), *kind.record_acts.values()]
        for act in acts:
            name = kind.admin.action_name(act.action, of_list=act.of_list)
            write = staff_site.rules[name].write
            assert write is not None
            may_do = are_enough(held, write) and not act.is_never_by_token
            where = act.name if act.of_list else f"1/{act.name}"
            # What it may is asked before the key is.
            answer = post(f"{kind.name}/{where}", token, Idempotency_Key="")
            assert answer.status == (400 if may_do else 403), (kind.name, act.name)
