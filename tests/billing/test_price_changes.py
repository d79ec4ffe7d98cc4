"""catalog-and-orders.md 3: the bulk re-price of services and domains, from the announcement to the first invoice."""

from datetime import date, timedelta
from typing import Any

import pytest

from commerce.audit.models import Entry
from commerce.billing.actions import release_claim
from commerce.billing.actions.by_staff import override_by_staff
from commerce.billing.actions.cancellations import cancel_by_staff
from commerce.billing.actions.price_changes import drop_price_change
from commerce.billing.models import Claim, Invoice, PriceChange
from commerce.billing.plan_offers import offers
from commerce.hosting import actions as hosting
from commerce.hosting.actions.plans import change_price
from commerce.hosting.models import Service
from commerce.kit.actor import SYSTEM
from commerce.kit.errors import Moved, Refused
from commerce.orders import actions as orders
from commerce.preferences.actions import set_preference
from tests import make
from tests.make.jobs import run_all
from tests.make.mails import deliver_all
from tests.make.pricing import dearer, planned, priced, renewed, reprice, told
from tests.make.proof import assert_proven
from tests.make.renewals import RENEWED_AT, renew

pytestmark = pytest.mark.django_db
AT = make.AT
MAY, JUNE = date(2026, 5, 8), date(2026, 6, 8)


def test_it_counts_from_the_first_period_after_the_notice_and_earlier_ones_cost_what_they_did() -> (
    None
):
    service = dearer()
    change = planned(service, reason="power is dearer")
    assert (change.old_amount, change.amount, change.from_date) == (500, 900, MAY)
    assert (change.status, change.reason, change.client) == (
        "planned",
        "power is dearer",
        service.client,
    )
    service.refresh_from_db()
    assert service.amount == 500
    invoice = renewed(service, RENEWED_AT)
    service.refresh_from_db()
    assert (invoice.total, service.amount) == (900, 900)
    assert service.parts["base"] == 900
    change.refresh_from_db()
    assert (change.status, change.ended_at) == ("applied", RENEWED_AT)
    assert_proven(RENEWED_AT)


def test_less_than_the_notice_before_a_period_it_waits_for_the_next_one() -> None:
    service = dearer()
    change = planned(service, at=AT + timedelta(days=1))
    assert change.from_date == JUNE
    assert renewed(service, RENEWED_AT).total == 500
    assert service.price_changes.get().status == "planned"
    assert renewed(service, RENEWED_AT + timedelta(days=31)).total == 900
    assert renewed(service, RENEWED_AT + timedelta(days=61)).total == 900


def test_a_period_that_is_invoiced_keeps_its_price() -> None:
    set_preference(key="billing.price_change_notice_days", value="0", at=AT, actor=SYSTEM)
    service = dearer()
    invoice_id = renew(service.client).invoices[0]
    change = planned(service, at=RENEWED_AT)
    assert change.from_date == JUNE
    assert Invoice.objects.get(pk=invoice_id).total == 500


def test_a_released_period_is_billed_anew_at_the_price_that_counts_for_it() -> None:
    service = dearer()
    planned(service)
    for _ in range(2):
        [made] = renew(service.client).invoices
        claim = Claim.objects.get(invoice=made)
        assert (claim.net, claim.period_start) == (900, MAY)
        release_claim(claim=claim, at=RENEWED_AT, actor=SYSTEM)
    assert PriceChange.objects.get().status == "applied"


def test_nothing_is_repriced_twice() -> None:
    service = dearer()
    planned(service)
    again = reprice(service, AT + timedelta(days=2))
    assert (again.why_not, PriceChange.objects.count()) == (
        "This price is announced from 2026-05-08 on.",
        1,
    )
    renewed(service, RENEWED_AT)
    assert reprice(service, RENEWED_AT).why_not == "It costs that already."
    assert len(told()) == 1


def test_its_client_is_told_once_with_every_figure() -> None:
    client = make.make_client(email="bills@example.org")
    service = dearer(client=client, label="Shop")
    for _ in range(3):
        reprice(service)
    deliver_all(AT)
    [mail] = told()
    assert (mail.recipient, mail.status) == ("bills@example.org", "sent")
    assert mail.subject == "Shop costs €9.00 from May 8, 2026 on"
    assert "costs €9.00, in place of €5.00." in mail.text
    assert f"/client/services/{service.pk}" in mail.text


def test_a_new_price_replaces_the_announced_one() -> None:
    """The amount that comes back is announced again: a client must not believe the one in between."""
    service = dearer()
    first = planned(service)
    deliver_all(AT)
    for amount in (800, 900):
        priced(service.product, amount)
        planned(service)
    first.refresh_from_db()
    assert first.status == "dropped"
    assert service.price_changes.filter(status="dropped").count() == 2
    assert renewed(service, RENEWED_AT).total == 900
    deliver_all(AT)
    assert [mail.status for mail in told()] == ["sent", "skipped", "sent"]


def test_a_price_that_is_back_where_it_was_is_not_changed_and_the_client_hears_of_it() -> None:
    service = dearer()
    planned(service)
    priced(service.product, 500)
    assert reprice(service).dropped
    assert PriceChange.objects.get().status == "dropped"
    deliver_all(AT)
    [mail] = told("price_change_dropped")
    assert "stays at €5.00" in mail.subject
    assert "would cost €9.00" in mail.text
    assert renewed(service, RENEWED_AT).total == 500


def test_a_lower_price_that_was_announced_is_kept() -> None:
    """Replacing it by one that counts later would have the client pay more than he was told."""
    service = dearer(300)
    planned(service)
    priced(service.product, 400)
    later = AT + timedelta(days=5)
    assert "A lower price is announced from 2026-05-08" in reprice(service, later).why_not
    assert renewed(service, RENEWED_AT).total == 300
    assert planned(service, at=RENEWED_AT).old_amount == 300


def test_staff_take_an_announced_price_back() -> None:
    change = planned(dearer())
    with pytest.raises(Refused, match="Say why"):
        drop_price_change(change=change, reason=" ", at=AT, actor=SYSTEM)
    drop_price_change(change=change, reason="mistyped", at=AT, actor=SYSTEM)
    assert Entry.objects.latest("pk").reason == "mistyped"
    assert len(told("price_change_dropped")) == 1
    with pytest.raises(Moved):
        drop_price_change(change=change, reason="again", at=AT, actor=SYSTEM)


@pytest.mark.parametrize("kind", ["immediate", "end_of_period"])
def test_what_ends_before_has_no_new_price(kind: str) -> None:
    service = dearer()
    change = planned(service)
    cancel_by_staff(service=service, kind=kind, reason="asked", at=AT, actor=SYSTEM)
    run_all(AT, failing=True)  # the account itself is removed by hand
    change.refresh_from_db()
    assert change.status == ("dropped" if kind == "immediate" else "planned")
    service.refresh_from_db()
    assert reprice(service, AT + timedelta(days=1)).why_not
    assert renew(service.client, RENEWED_AT).invoices == []
    assert_proven(RENEWED_AT)


def test_a_service_that_is_ended_by_hand_has_no_new_price() -> None:
    """No event tells of a state that staff set; what was announced is dropped with it."""
    service = dearer()
    change = planned(service)
    override_by_staff(service=service, to="suspended", reason="odd", at=AT, actor=SYSTEM)
    change.refresh_from_db()
    assert change.status == "planned"
    override_by_staff(service=service, to="cancelled", reason="odd", at=AT, actor=SYSTEM)
    change.refresh_from_db()
    assert change.status == "dropped"


def test_a_price_that_was_changed_otherwise_meanwhile_is_kept() -> None:
    service = dearer()
    change = planned(service)
    say: dict[str, Any] = {"options": [], "parts": {}, "at": AT, "actor": SYSTEM}
    change_price(service=service, amount=600, **say)
    assert renewed(service, RENEWED_AT).total == 600
    change.refresh_from_db()
    assert change.status == "dropped"
    assert planned(service, at=RENEWED_AT).old_amount == 600


def test_suspended_services_get_it_too() -> None:
    service = dearer(status="suspended", cause="overdue")
    planned(service)
    assert Invoice.objects.get(pk=renew(service.client).invoices[0]).total == 900


def test_a_free_service_is_billed_in_advance_from_its_first_period_with_a_price() -> None:
    service = dearer(amount=0)
    planned(service, at=AT + timedelta(days=5))  # from 8 June
    assert renew(service.client, RENEWED_AT + timedelta(days=7)).waived == 1
    assert renew(service.client, RENEWED_AT + timedelta(days=30)).invoices == []
    invoice = renewed(service, RENEWED_AT + timedelta(days=31))
    assert (invoice.total, invoice.claims.get().period_start) == (900, JUNE)
    assert_proven(RENEWED_AT + timedelta(days=31))


def test_a_service_that_becomes_free_is_waived_on_its_day() -> None:
    service = dearer(0)
    planned(service)
    done = renew(service.client)
    service.refresh_from_db()
    assert (done.invoices, done.waived, service.amount) == ([], 0, 0)
    assert service.next_due_date == MAY
    assert renew(service.client, RENEWED_AT + timedelta(days=7)).waived == 1
    service.refresh_from_db()
    assert service.next_due_date == JUNE


def test_hosting_refuses_a_price_for_what_has_ended() -> None:
    service = make.make_service()
    hosting.cancel_service(service=service, at=AT, actor=SYSTEM)
    with pytest.raises(Moved):
        change_price(service=service, amount=1, options=[], parts={}, at=AT, actor=SYSTEM)


@pytest.mark.parametrize(("new", "credit"), [(300, 500 + 300), (900, 500 + 900)])
def test_a_change_of_plan_gives_back_each_period_at_the_price_that_it_had(
    new: int, credit: int
) -> None:
    """The next period is paid at its new price, while the one before has a day left; both count as they were paid."""
    group = make.make_group()
    small = make.make_product(group=group, prices=[("EUR", "monthly", 500)])
    make.make_product(group=group, prices=[("EUR", "monthly", 700)])
    order = make.make_order(items=[make.make_item(product=small), make.make_item()])
    assert order.invoice
    make.make_payment(order.invoice)
    orders.activate_order(order=order, at=AT, actor=SYSTEM)
    service = Service.objects.get(product=small)
    for one in Service.objects.for_client(order.client):
        hosting.activate_service(service=one, at=AT, actor=SYSTEM)
    priced(small, new)
    planned(service)
    made = renew(order.client).invoices
    make.make_payment(Invoice.objects.get(pk=made[0]), at=RENEWED_AT)
    service.refresh_from_db()
    assert (service.amount, service.next_due_date) == (new, JUNE)
    [offer] = offers(service, AT.date())
    assert offer.figures.credit == credit
