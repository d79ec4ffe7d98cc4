"""catalog-and-orders.md 3: the bulk re-price of services and domains, from the announcement to the first invoice."""

from datetime import date, timedelta

import pytest

from commerce.audit.models import AuditEntry
from commerce.billing.changes.cancellations.actions import cancel_service_without_request
from commerce.billing.changes.plan_changes.offers import plan_offers
from commerce.billing.changes.price_changes.actions import drop_price_change
from commerce.billing.changes.service_edits import override_service
from commerce.billing.models import BilledPeriod, Invoice, PriceChange
from commerce.billing.periods.actions.periods import release_period
from commerce.hosting.actions.pricing import change_service_price
from commerce.hosting.actions.states import activate_service, cancel_service
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.orders.actions.lifecycle import activate_order
from commerce.site_settings.actions import set_setting
from tests import make
from tests.make.jobs import run_all_jobs
from tests.make.mails import deliver_all
from tests.make.proof import assert_proven
from tests.make.renewals import RENEWED_AT, renew_services_of
from tests.make.repricing import (
    announce_price_change,
    make_service_with_dearer_product,
    price_mails,
    renew_and_pay,
    reprice,
    set_product_price,
)

pytestmark = pytest.mark.django_db
AT = make.AT
MAY, JUNE = date(2026, 5, 8), date(2026, 6, 8)


def test_it_counts_from_the_first_period_after_the_notice_and_earlier_ones_cost_what_they_did() -> (
    None
):
    service = make_service_with_dearer_product()
    change = announce_price_change(service, reason="power is dearer")
    assert (change.old_amount, change.amount, change.from_date) == (500, 900, MAY)
    assert (change.status, change.reason, change.client) == (
        "planned",
        "power is dearer",
        service.client,
    )
    service.refresh_from_db()
    assert service.amount == 500
    invoice = renew_and_pay(service, RENEWED_AT)
    service.refresh_from_db()
    assert (invoice.total, service.amount) == (900, 900)
    assert service.price_parts["base"] == 900
    change.refresh_from_db()
    assert (change.status, change.ended_at) == ("applied", RENEWED_AT)
    assert_proven(RENEWED_AT)


def test_less_than_the_notice_before_a_period_it_waits_for_the_next_one() -> None:
    service = make_service_with_dearer_product()
    change = announce_price_change(service, at=AT + timedelta(days=1))
    assert change.from_date == JUNE
    assert renew_and_pay(service, RENEWED_AT).total == 500
    assert service.price_changes.get().status == "planned"
    assert renew_and_pay(service, RENEWED_AT + timedelta(days=31)).total == 900
    assert renew_and_pay(service, RENEWED_AT + timedelta(days=61)).total == 900


def test_a_period_that_is_invoiced_keeps_its_price() -> None:
    set_setting(key="billing.price_change_notice_days", value="0", ctx=Context(AT, SYSTEM))
    service = make_service_with_dearer_product()
    invoice_id = renew_services_of(service.client).invoices[0]
    change = announce_price_change(service, at=RENEWED_AT)
    assert change.from_date == JUNE
    assert Invoice.objects.get(pk=invoice_id).total == 500


def test_a_released_period_is_billed_anew_at_the_price_that_counts_for_it() -> None:
    service = make_service_with_dearer_product()
    announce_price_change(service)
    for _ in range(2):
        [made] = renew_services_of(service.client).invoices
        billed_period = BilledPeriod.objects.get(invoice=made)
        assert (billed_period.net, billed_period.period_start) == (900, MAY)
        release_period(period=billed_period, ctx=Context(RENEWED_AT, SYSTEM))
    assert PriceChange.objects.get().status == "applied"


def test_nothing_is_repriced_twice() -> None:
    service = make_service_with_dearer_product()
    announce_price_change(service)
    again = reprice(service, AT + timedelta(days=2))
    assert (str(again.blocked_reason), PriceChange.objects.count()) == (
        "A change to this price from 2026-05-08 has already been announced.",
        1,
    )
    renew_and_pay(service, RENEWED_AT)
    assert str(reprice(service, RENEWED_AT).blocked_reason) == "The price is already this amount."
    assert len(price_mails()) == 1


def test_its_client_is_told_once_with_every_figure() -> None:
    client = make.make_client(email="bills@example.org")
    service = make_service_with_dearer_product(client=client, label="Shop")
    for _ in range(3):
        reprice(service)
    deliver_all(AT)
    [mail] = price_mails()
    assert (mail.recipient, mail.status) == ("bills@example.org", "sent")
    assert mail.subject == "New price for Shop from May 8, 2026"
    assert "changes from €5.00 to €9.00" in mail.text
    assert f"/client/services/{service.pk}" in mail.text


def test_a_new_price_replaces_the_announced_one() -> None:
    """The amount that comes back is announced again: a client must not believe the one in between."""
    service = make_service_with_dearer_product()
    first = announce_price_change(service)
    deliver_all(AT)
    for amount in (800, 900):
        set_product_price(service.product, amount)
        announce_price_change(service)
    first.refresh_from_db()
    assert first.status == "dropped"
    assert service.price_changes.filter(status="dropped").count() == 2
    assert renew_and_pay(service, RENEWED_AT).total == 900
    deliver_all(AT)
    assert [mail.status for mail in price_mails()] == ["sent", "skipped", "sent"]


def test_a_price_that_is_back_where_it_was_is_not_changed_and_the_client_hears_of_it() -> None:
    service = make_service_with_dearer_product()
    announce_price_change(service)
    set_product_price(service.product, 500)
    assert reprice(service).dropped
    assert PriceChange.objects.get().status == "dropped"
    deliver_all(AT)
    [mail] = price_mails("price_change_dropped")
    assert "stays at €5.00" in mail.subject
    assert "changing to €9.00" in mail.text
    assert renew_and_pay(service, RENEWED_AT).total == 500


def test_a_lower_price_that_was_announced_is_kept() -> None:
    """Replacing it by one that counts later would have the client pay more than he was told."""
    service = make_service_with_dearer_product(300)
    announce_price_change(service)
    set_product_price(service.product, 400)
    later = AT + timedelta(days=5)
    assert "A lower price from 2026-05-08" in str(reprice(service, later).blocked_reason)
    assert renew_and_pay(service, RENEWED_AT).total == 300
    assert announce_price_change(service, at=RENEWED_AT).old_amount == 300


def test_staff_take_an_announced_price_back() -> None:
    change = announce_price_change(make_service_with_dearer_product())
    with pytest.raises(BusinessError, match="Enter a reason"):
        drop_price_change(change=change, reason=" ", ctx=Context(AT, SYSTEM))
    drop_price_change(change=change, reason="mistyped", ctx=Context(AT, SYSTEM))
    assert AuditEntry.objects.latest("pk").reason == "mistyped"
    assert len(price_mails("price_change_dropped")) == 1
    with pytest.raises(StateConflict):
        drop_price_change(change=change, reason="again", ctx=Context(AT, SYSTEM))


@pytest.mark.parametrize("kind", ["immediate", "end_of_period"])
def test_what_ends_before_has_no_new_price(kind: str) -> None:
    service = make_service_with_dearer_product()
    change = announce_price_change(service)
    cancel_service_without_request(
        service=service, kind=kind, reason="asked", ctx=Context(AT, SYSTEM)
    )
    run_all_jobs(AT, failing=True)  # the account itself is removed by hand
    change.refresh_from_db()
    assert change.status == ("dropped" if kind == "immediate" else "planned")
    service.refresh_from_db()
    assert reprice(service, AT + timedelta(days=1)).blocked_reason
    assert renew_services_of(service.client, RENEWED_AT).invoices == []
    assert_proven(RENEWED_AT)


def test_a_service_that_is_ended_by_hand_has_no_new_price() -> None:
    """No event tells of a state that staff set; what was announced is dropped with it."""
    service = make_service_with_dearer_product()
    change = announce_price_change(service)
    override_service(service=service, to="suspended", reason="odd", ctx=Context(AT, SYSTEM))
    change.refresh_from_db()
    assert change.status == "planned"
    override_service(service=service, to="cancelled", reason="odd", ctx=Context(AT, SYSTEM))
    change.refresh_from_db()
    assert change.status == "dropped"


def test_a_price_that_was_changed_otherwise_meanwhile_is_kept() -> None:
    service = make_service_with_dearer_product()
    change = announce_price_change(service)
    ctx = Context(AT, SYSTEM)
    change_service_price(service=service, amount=600, options=[], price_parts={}, ctx=ctx)
    assert renew_and_pay(service, RENEWED_AT).total == 600
    change.refresh_from_db()
    assert change.status == "dropped"
    assert announce_price_change(service, at=RENEWED_AT).old_amount == 600


def test_suspended_services_get_it_too() -> None:
    service = make_service_with_dearer_product(status="suspended", cause="overdue")
    announce_price_change(service)
    assert Invoice.objects.get(pk=renew_services_of(service.client).invoices[0]).total == 900


def test_a_free_service_is_billed_in_advance_from_its_first_period_with_a_price() -> None:
    service = make_service_with_dearer_product(amount=0)
    announce_price_change(service, at=AT + timedelta(days=5))  # from 8 June
    assert renew_services_of(service.client, RENEWED_AT + timedelta(days=7)).waived == 1
    assert renew_services_of(service.client, RENEWED_AT + timedelta(days=30)).invoices == []
    invoice = renew_and_pay(service, RENEWED_AT + timedelta(days=31))
    assert (invoice.total, invoice.billed_periods.get().period_start) == (900, JUNE)
    assert_proven(RENEWED_AT + timedelta(days=31))


def test_a_service_that_becomes_free_is_waived_on_its_day() -> None:
    service = make_service_with_dearer_product(0)
    announce_price_change(service)
    done = renew_services_of(service.client)
    service.refresh_from_db()
    assert (done.invoices, done.waived, service.amount) == ([], 0, 0)
    assert service.next_due_date == MAY
    assert renew_services_of(service.client, RENEWED_AT + timedelta(days=7)).waived == 1
    service.refresh_from_db()
    assert service.next_due_date == JUNE


def test_hosting_refuses_a_price_for_what_has_ended() -> None:
    service = make.make_service()
    cancel_service(service=service, ctx=Context(AT, SYSTEM))
    with pytest.raises(StateConflict):
        change_service_price(
            service=service, amount=1, options=[], price_parts={}, ctx=Context(AT, SYSTEM)
        )


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
    activate_order(order=order, ctx=Context(AT, SYSTEM))
    service = Service.objects.get(product=small)
    for one in Service.objects.for_client(order.client):
        activate_service(service=one, ctx=Context(AT, SYSTEM))
    set_product_price(small, new)
    announce_price_change(service)
    made = renew_services_of(order.client).invoices
    make.make_payment(Invoice.objects.get(pk=made[0]), at=RENEWED_AT)
    service.refresh_from_db()
    assert (service.amount, service.next_due_date) == (new, JUNE)
    [offer] = plan_offers(service, AT.date())
    assert offer.unused.net == credit
