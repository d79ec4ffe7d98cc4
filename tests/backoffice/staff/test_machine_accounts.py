"""Machine accounts: staff without sign-in, whose owner answers for them (staff-api.md)."""

from datetime import timedelta

import pytest

from commerce.accounts.actions.staff_people.changing import (
    deactivate_staff,
    delete_staff,
    reactivate_staff,
)
from commerce.accounts.actions.staff_people.machine_accounts import (
    ASKED_EVERY,
    ask_owners,
    confirm_machine_account,
    create_machine_account,
    deactivate_machine_account,
    set_machine_account_owner,
)
from commerce.accounts.models import MachineAccount, Staff, StaffRole, StaffToken
from commerce.accounts.recipients import staff_recipients
from commerce.audit.models import AuditEntry
from commerce.kit import clock
from commerce.kit.acts.act import act_of
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, PermissionDenied, StateConflict
from commerce.mail.models import OutgoingMail
from tests import make
from tests.backoffice.api.calls import get, post
from tests.backoffice.staff.test_daily_limits import overpaid
from tests.make.staff import (
    BEA,
    GRACE,
    SAM,
    as_staff,
    make_machine_account,
    make_staff,
    make_staff_token,
    role,
    staff_browser,
    take_permissions,
)
from tests.make.staff_pages import send, text_of

pytestmark = pytest.mark.django_db


def by(staff: Staff) -> Context:
    return Context(clock.now(), as_staff(staff))


@pytest.fixture
def grace() -> Staff:
    return make_staff(email=GRACE)


def test_an_owner_makes_one_and_its_tokens_on_pages(grace: Staff) -> None:
    web = staff_browser(grace)
    page = send(
        web,
        "/admin/machine-accounts/new",
        name="Bookkeeping",
        role="billing",
        owner=GRACE,
        own_password=make.PASSWORD,
    )
    machine = MachineAccount.objects.get()
    assert page["Location"] == f"/admin/machine-accounts/{machine.pk}"
    values = {
        "name": "DATEV",
        "permissions": ["invoices.view", "clients.notes"],
        "expires_on": (clock.now() + timedelta(days=9)).date().isoformat(),
        "own_password": make.PASSWORD,
    }
    page = send(web, f"/admin/machine-accounts/{machine.pk}/new-token", **values)
    plain = next(word for word in text_of(page).split() if word.startswith("opt_staff_"))
    assert get("invoices", plain).status == 200
    assert get("clients", plain).status == 403
    entry = AuditEntry.objects.get(action="staff_token.created")
    assert entry.after["machine_account"] == "Bookkeeping"


def test_it_acts_in_its_own_name(grace: Staff) -> None:
    machine, service = make_machine_account(grace, "admin"), make.make_service(make.make_client())
    plain = make_staff_token(machine, name="Rack")[1]
    done = post(f"services/{service.pk}/rename", plain, {"label": "Shop"})
    assert done.status == 200, done.body
    entry = AuditEntry.objects.filter(record_kind="service").latest("pk")
    assert (entry.actor_kind, entry.actor_id) == ("staff", machine.pk)
    assert entry.actor_name == "Bookkeeping · Rack"


def test_it_may_no_more_than_its_owner_may_now() -> None:
    bea = make_staff("billing", email=BEA)
    plain = make_staff_token(make_machine_account(bea))[1]
    assert get("invoices", plain).status == 200
    take_permissions(bea, all_but=["clients.view"])
    assert get("invoices", plain).status == 403
    assert get("clients", plain).status == 200


def test_nobody_signs_in_or_is_mailed_as_one(grace: Staff) -> None:
    machine = make_machine_account(grace)
    assert machine.user is None
    assert [one.pk for one in Staff.objects.active()] == [grace.pk]
    assert [one.email for one in staff_recipients("run_failed", "invoices.view")] == [GRACE]
    page = text_of(staff_browser(grace).get("/admin/staff"))
    assert "Bookkeeping" not in page


def test_with_its_owner_it_stops_and_who_takes_it_over_makes_new_tokens(grace: Staff) -> None:
    bea = make_staff("billing", email=BEA)
    machine = make_machine_account(bea)
    token, plain = make_staff_token(machine)
    deactivate_staff(staff=bea, ctx=by(grace))
    assert get("invoices", plain).status == 401
    reactivate_staff(staff=bea, ctx=by(grace))
    assert get("invoices", plain).status == 200
    deactivate_staff(staff=bea, ctx=by(grace))
    with pytest.raises(StateConflict, match="machine"):
        delete_staff(staff=bea, ctx=by(grace))
    set_machine_account_owner(machine=machine, owner=grace, ctx=by(grace))
    token.refresh_from_db()
    assert token.status == "revoked"
    assert get("invoices", plain).status == 401
    delete_staff(staff=bea, ctx=by(grace))


def test_who_hands_it_over_in_good_order_keeps_its_tokens(grace: Staff) -> None:
    machine = make_machine_account(make_staff("billing", email=BEA))
    plain = make_staff_token(machine)[1]
    set_machine_account_owner(machine=machine, owner=grace, ctx=by(grace))
    assert get("invoices", plain).status == 200


def test_tokens_of_a_narrowed_owner_end_where_the_next_one_lets_it_do_more(grace: Staff) -> None:
    bea = make_staff("billing", email=BEA)
    machine = make_machine_account(bea)
    plain = make_staff_token(machine)[1]
    take_permissions(bea, all_but=["clients.view"])
    set_machine_account_owner(machine=machine, owner=grace, ctx=by(grace))
    assert get("clients", plain).status == 401


def test_what_it_gives_away_counts_for_its_owners_day_too(grace: Staff) -> None:
    StaffRole.objects.filter(key="billing").update(daily_limit=70)
    bea = make_staff("billing", email=BEA)
    for number, one in enumerate((make_machine_account(bea), bea)):
        path, body = overpaid(f"pi_{number}")
        given = post(path, make_staff_token(one, spending_limit=1000)[1], body)
        assert given.json.get("code", "") == ("staff.daily_limit" if number else "")


def test_nobody_gives_one_more_than_they_have() -> None:
    """Nor does somebody who was narrowed give their own to a mightier owner, to do more by its tokens."""
    chief = make_staff(email=GRACE)
    sam = make_staff("support", email=SAM, permissions=["clients.view", "staff.manage"])
    made = {"name": "Mine", "owner": sam}
    with pytest.raises(PermissionDenied):
        create_machine_account(**made, role=role("billing"), ctx=by(sam))
    with pytest.raises(BusinessError):
        create_machine_account(**made, role=role("super_admin"), ctx=by(chief))
    with pytest.raises(BusinessError, match="without @"):
        create_machine_account(name=GRACE, owner=sam, role=role("support"), ctx=by(chief))
    machine = make_machine_account(sam)
    with pytest.raises(PermissionDenied):
        set_machine_account_owner(machine=machine, owner=chief, ctx=by(sam))


def test_others_leave_it_alone(grace: Staff) -> None:
    machine, sam = make_machine_account(grace), make_staff("support", email=SAM)
    web = staff_browser(sam)
    assert web.get(f"/admin/machine-accounts/{machine.pk}").status_code == 404
    for act in (confirm_machine_account, deactivate_machine_account):
        with pytest.raises(PermissionDenied):
            act(machine=machine, ctx=by(sam))
    values = {"name": "X", "permissions": ["clients.view"], "own_password": make.PASSWORD}
    values["expires_on"] = clock.now().date().isoformat()
    admin = staff_browser(make_staff("admin", email=BEA))
    send(admin, f"/admin/machine-accounts/{machine.pk}/new-token", **values)
    assert not StaffToken.objects.exists()


def test_no_token_makes_one(grace: Staff) -> None:
    machine = make_machine_account(grace)
    plain = make_staff_token(grace, acts=["machine_account.new"])[1]
    for path in ("new", f"{machine.pk}/new-token", f"{machine.pk}/owner"):
        refused = post(f"machine-accounts/{path}", plain)
        assert (refused.status, refused.json["code"]) == (403, "staff_token.never")


def test_its_owner_is_asked_every_90_days_and_it_stops_without_an_answer(grace: Staff) -> None:
    machine, now = make_machine_account(grace), clock.now()
    plain = make_staff_token(machine)[1]
    asked = now + ASKED_EVERY
    assert [ask_owners(at=at) for at in (now, asked, asked + timedelta(hours=18))] == [0, 1, 0]
    mail = OutgoingMail.objects.get(event="machine_account_question")
    assert mail.recipient == GRACE
    machine.refresh_from_db()
    assert machine.stops_after == asked.date() + timedelta(days=30)
    # Once more in its last week, whichever day of it the worker first sees.
    late = [asked + timedelta(days=days) for days in (22, 25, 30)]
    assert [ask_owners(at=at) for at in late] == [0, 1, 0]
    MachineAccount.objects.update(stops_after=now.date())
    assert get("invoices", plain).status == 200
    MachineAccount.objects.update(stops_after=now.date() - timedelta(days=1))
    assert get("invoices", plain).status == 401
    web = staff_browser(grace)
    assert "stopped working" in text_of(web.get(f"/admin/machine-accounts/{machine.pk}"))
    send(web, f"/admin/machine-accounts/{machine.pk}/confirm")
    assert get("invoices", plain).status == 200
    assert ask_owners(at=now) == 0


def test_an_owner_who_left_is_not_asked(grace: Staff) -> None:
    bea = make_staff("billing", email=BEA)
    make_machine_account(bea)
    intro = act_of(deactivate_staff).intro_text
    assert (intro(grace), "stop working" in intro(bea)) == ("", True)
    deactivate_staff(staff=bea, ctx=by(grace))
    assert ask_owners(at=clock.now() + ASKED_EVERY) == 0


def test_pages_of_people_and_roles_show_it_apart(grace: Staff) -> None:
    machine, web = make_machine_account(grace), staff_browser(grace)
    for path in (f"staff/{grace.pk}", "roles/billing"):
        page = web.get(f"/admin/{path}")
        assert f"/admin/machine-accounts/{machine.pk}" in page.content.decode()
        assert f"/admin/staff/{machine.pk}" not in page.content.decode()
