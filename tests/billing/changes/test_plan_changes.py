"""billing.md 8 "Plan change": what is offered, asked for, decided, and when a request ends."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from commerce.audit.models import AuditEntry
from commerce.billing.changes.cancellations.actions import request_cancellation
from commerce.billing.changes.plan_changes.actions import requests as actions
from commerce.billing.changes.plan_changes.actions.carrying_out import decision_totals
from commerce.billing.changes.plan_changes.offers import (
    plan_change_blocked_reason,
    plan_offers,
    recount_plan_offer,
)
from commerce.billing.changes.plan_changes.rules import PlanTotals
from commerce.billing.models import CreditNote, Invoice, PlanChange
from commerce.catalog.actions.prices import set_price
from commerce.catalog.models import Product
from commerce.hosting.actions.editing import rename_service
from commerce.hosting.actions.states import suspend_service
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.mail.models import OutgoingMail
from commerce.payments.actions.disputes import lose_dispute, open_dispute
from commerce.payments.models import Payment
from commerce.site_settings.actions import set_setting
from tests import make
from tests.make import plan_changes as changes
from tests.make.jobs import run_jobs_but_documents
from tests.make.plan_changes import bought, pay_request, rate_from, wish
from tests.make.records import make_required_option
from tests.make.renewals import renew_services_of

AT = make.AT
CTX = Context(AT, SYSTEM)
TENTH = AT + timedelta(days=10)
DUE = date(2026, 5, 8)
LAST_DAY = date(2026, 4, 30)
"""Its renewal is issued on 1 May."""


@pytest.fixture
def service(db: None) -> Service:
    """Small, bought by the month at 30.00, in a group with Large at 60.00 and 600.00 a year."""
    group = make.make_group()
    small = make.make_product(name="Small", group=group, prices=[("EUR", "monthly", 3000)])
    prices = [("EUR", "monthly", 6000), ("EUR", "annually", 60_000), ("EUR", "one_time", 1)]
    make.make_product(name="Large", group=group, prices=prices)
    make.make_product(name="Elsewhere")
    [bought_service] = bought(wish(small))
    return bought_service


def large() -> Product:
    return Product.objects.get(name="Large")


def ask(
    service: Service,
    cycle: str = "monthly",
    *,
    product: Product | None = None,
    at: datetime = TENTH,
    **over: Any,
) -> PlanChange:
    return changes.ask(service, product or large(), at, cycle, **over)


def prefer(key: str, value: str) -> None:
    set_setting(key=key, value=value, ctx=CTX)


def events() -> list[str]:
    """The events about changes of plan that were mailed, the oldest first."""
    run_jobs_but_documents(at=TENTH)
    rows = OutgoingMail.objects.filter(event__startswith="plan_change").order_by("pk")
    return list(rows.values_list("event", flat=True))


# What is offered


def test_each_product_of_the_group_and_each_cycle_is_offered_but_the_current(
    service: Service,
) -> None:
    found = [(one.product.name, one.billing_cycle) for one in plan_offers(service, TENTH.date())]
    assert found == [("Large", "annually"), ("Large", "monthly")]


@pytest.mark.parametrize("status", ["pending", "suspended", "cancelled", "terminated"])
def test_only_an_active_service_changes(*, db: None, status: str) -> None:
    blocked = plan_change_blocked_reason(make.make_service(make.make_client(), status), CTX)
    assert blocked is not None


def test_one_that_ends_does_not_change(service: Service) -> None:
    request_cancellation(service=service, kind="immediate", reason="", ctx=CTX)
    blocked = plan_change_blocked_reason(service, Context(TENTH, SYSTEM))
    assert blocked is not None
    assert blocked.code == "plan_change.service_ends"


def test_while_an_invoice_of_it_is_open_nothing_is_offered(service: Service) -> None:
    """Also one that was paid and taken by the bank: what is owed gives nothing back."""
    payment = Payment.objects.get()
    dispute = open_dispute(
        payment=payment, reference="dp-1", amount=payment.amount, reason="unknown", ctx=CTX
    )
    blocked = plan_change_blocked_reason(service, Context(TENTH, SYSTEM))
    assert blocked is not None
    assert blocked.code == "plan_change.payment_disputed"
    lose_dispute(dispute=dispute, ctx=CTX)
    blocked = plan_change_blocked_reason(service, Context(TENTH, SYSTEM))
    assert blocked is not None
    assert blocked.code == "plan_change.order_not_paid"
    assert plan_offers(service, TENTH.date()) == []


def test_switched_off_nothing_is_offered(service: Service) -> None:
    prefer("plan_changes.enabled", "off")
    assert plan_offers(service, TENTH.date()) == []


def test_a_product_with_a_box_that_must_be_ticked_broke_the_list_of_plans(
    service: Service,
) -> None:
    beside = make.make_product(name="Beside", group=service.product.group)
    make_required_option(large(), "checkbox", 100)
    assert [one.product for one in plan_offers(service, TENTH.date())] == [beside]


def test_a_plan_whose_options_cost_less_than_nothing_broke_the_list_of_plans(
    service: Service,
) -> None:
    make_required_option(large(), "dropdown", -6001)
    assert [one.billing_cycle for one in plan_offers(service, TENTH.date())] == ["annually"]


# Asking


@pytest.mark.parametrize("shown", [(2000, 3999, 2000), (1999, 4000, 2000), (2000, 4000, 1999)])
def test_figures_that_differ_from_those_shown_are_refused(
    *, service: Service, shown: tuple[int, int, int]
) -> None:
    with pytest.raises(BusinessError, match="Prices have changed"):
        ask(service, expected=shown)
    assert not PlanChange.objects.exists()


def test_what_is_lost_must_be_accepted(service: Service) -> None:
    options = [{"name": "Backup", "value": "Daily", "amount": 100}]
    parts = {"base": 2900, "promo_discount": 0}
    Service.objects.filter(pk=service.pk).update(options=options, price_parts=parts)
    with pytest.raises(BusinessError, match="Backup: Daily"):
        ask(service, losses_accepted=False)
    assert ask(service).options == []


def test_a_request_is_no_document(service: Service) -> None:
    change = ask(service)
    assert (change.status, change.invoice, change.total) == ("awaiting_payment", None, 2000)
    assert (Invoice.objects.count(), CreditNote.objects.count()) == (1, 0)
    assert change.reference is not None
    assert (change.reference[:2], change.reference[4:6]) == ("RF", "PC")
    assert change.last_day == date(2026, 4, 30)
    service.refresh_from_db()
    assert service.amount == 3000
    assert events() == ["plan_change_to_pay"]


def test_there_is_one_open_change_and_it_can_be_withdrawn(service: Service) -> None:
    change = ask(service)
    with pytest.raises(BusinessError, match="already in progress"):
        actions.request_plan_change(
            vat_refresh=None,
            service=service,
            product_id=large().pk,
            billing_cycle="annually",
            expected=PlanTotals(0, 0, 0),
            ctx=CTX,
        )
    actions.withdraw_plan_change(change=change, ctx=Context(TENTH, SYSTEM))
    assert (change.status, CreditNote.objects.count()) == ("withdrawn", 0)
    with pytest.raises(StateConflict):
        actions.withdraw_plan_change(change=change, ctx=Context(TENTH, SYSTEM))


def test_a_cancellation_withdraws_an_open_request(service: Service) -> None:
    change = ask(service)
    prefer("cancellations.auto_approve", "on")
    request_cancellation(service=service, kind="end_of_period", reason="", ctx=CTX)
    change.refresh_from_db()
    assert change.status == "withdrawn"


def test_a_change_keeps_who_asked_and_what_was_confirmed(service: Service) -> None:
    asked_by = service.client.memberships.get().user
    change = ask(service, requested_by=asked_by)
    assert (change.requested_by, change.client, change.created_at) == (
        asked_by,
        service.client,
        TENTH,
    )
    assert (change.credit, change.charge, change.total) == (2000, 4000, 2000)
    assert change.taxed_as == {"case": "other", "category": "O", "rate_milli": 0, "vat": {}}


@pytest.mark.parametrize(("given", "then"), [("", "Large"), ("Bakery website", "Bakery website")])
def test_a_service_is_called_as_its_new_plan_is_unless_its_client_named_it(
    service: Service, given: str, then: str
) -> None:
    """It kept the name of the old plan."""
    if given:
        rename_service(service=service, label=given, ctx=CTX)
    changes.change(service, large(), TENTH)
    assert service.label == then


# The end of a request


def test_it_lapses_after_its_last_day(service: Service) -> None:
    change = ask(service)
    assert change.last_day == LAST_DAY
    assert not actions.late_plan_changes(LAST_DAY).exists()
    assert not actions.lapse_plan_change(change=change, day=LAST_DAY, ctx=CTX)
    day = LAST_DAY + timedelta(days=1)
    assert list(actions.late_plan_changes(day)) == [change]
    for lapsed in (True, False):
        assert lapsed == actions.lapse_plan_change(change=change, day=day, ctx=CTX)
    change.refresh_from_db()
    assert (change.status, change.ended_at, events()[-1]) == ("lapsed", AT, "plan_change_lapsed")
    assert AuditEntry.objects.get(action="plan_change.lapsed").reason.endswith("paid in time.")


def test_one_that_waits_for_staff_lapses_too(service: Service) -> None:
    prefer("plan_changes.require_approval", "on")
    change = ask(service)
    assert actions.lapse_plan_change(change=change, day=date(2026, 5, 1), ctx=CTX)
    assert AuditEntry.objects.get(action="plan_change.lapsed").reason.endswith("approved in time.")


def test_it_lapses_when_the_renewal_is_issued_first(service: Service) -> None:
    change = ask(service)
    other = ask(make.make_service(service.client, product=service.product, at=TENTH, amount=3000))
    renew_services_of(service.client, AT + timedelta(days=23))
    change.refresh_from_db()
    other.refresh_from_db()
    assert (change.status, other.status) == ("lapsed", "awaiting_payment")


def test_while_it_is_being_paid_the_renewal_waits_for_the_next_run(service: Service) -> None:
    change = ask(service)
    at = AT + timedelta(days=23)
    until = at + timedelta(minutes=60)
    actions.expect_payment(change=change, until=until, ctx=Context(at, SYSTEM))
    assert renew_services_of(service.client, at).invoices == []
    pay_request(change, 2000, at + timedelta(minutes=59))
    assert change.status == "applied"
    [made] = renew_services_of(service.client, at + timedelta(minutes=60)).invoices
    assert Invoice.objects.get(pk=made).total == 6000


def test_it_waits_an_hour_at_most(service: Service) -> None:
    change = ask(service)
    at = AT + timedelta(days=23)
    actions.expect_payment(change=change, until=at, ctx=Context(at, SYSTEM))
    assert len(renew_services_of(service.client, at).invoices) == 1
    change.refresh_from_db()
    assert change.status == "lapsed"


# Staff


def test_staff_decide_where_it_is_required_and_the_figures_are_those_of_the_day(
    service: Service,
) -> None:
    prefer("plan_changes.require_approval", "on")
    change = ask(service)
    assert change.status == "pending"
    assert sorted(events()) == ["plan_change_received", "plan_change_requested"]
    later = Context(TENTH + timedelta(days=1), SYSTEM)
    actions.approve_plan_change(change=change, ctx=later, note="fine")
    assert (change.status, change.credit, change.charge) == ("awaiting_payment", 1900, 3800)
    assert (change.note, events()[-1]) == ("fine", "plan_change_to_pay")
    with pytest.raises(StateConflict):
        actions.approve_plan_change(change=change, ctx=later)


def test_an_approved_downgrade_is_carried_out_at_once(service: Service) -> None:
    prefer("plan_changes.require_approval", "on")
    tiny = make.make_product(
        name="Tiny", group=service.product.group, prices=[("EUR", "monthly", 1500)]
    )
    change = ask(service, product=tiny)
    actions.approve_plan_change(change=change, ctx=Context(TENTH, SYSTEM), note="fine")
    assert (change.status, change.note, events()[-1]) == ("applied", "fine", "plan_change_applied")


def test_staff_reject_with_a_note(service: Service) -> None:
    prefer("plan_changes.require_approval", "on")
    change = ask(service)
    with pytest.raises(BusinessError):
        actions.reject_plan_change(change=change, note=" ", ctx=CTX)
    actions.reject_plan_change(change=change, note=" Not now ", ctx=Context(TENTH, SYSTEM))
    assert (change.status, change.note, change.ended_at) == ("rejected", "Not now", TENTH)
    assert events()[-1] == "plan_change_rejected"


@pytest.mark.parametrize("what", ["price", "rate", "ends", "suspended"])
def test_what_is_not_as_it_was_confirmed_lapses_when_staff_approve(
    service: Service, what: str
) -> None:
    prefer("plan_changes.require_approval", "on")
    change = ask(service)
    if what == "price":
        set_price(
            product=large(), currency_code="EUR", billing_cycle="monthly", price=5999, ctx=CTX
        )
    elif what == "rate":
        prefer("company.country", "DE")
        rate_from(date(2020, 1, 1), 19_000)
    elif what == "ends":
        Service.objects.filter(pk=service.pk).update(ends_on=DUE)
    else:
        suspend_service(service=service, suspension_reason="staff", ctx=CTX)
    actions.approve_plan_change(change=change, ctx=Context(TENTH, SYSTEM))
    assert change.status == "lapsed"
    assert {"plan_change_lapsed", "plan_change_not_carried_out"} <= set(events())


@pytest.mark.parametrize("act", [actions.approve_plan_change, actions.carry_out_on_account])
def test_staff_decide_at_the_figures_that_they_saw(
    service: Service, act: Callable[..., None]
) -> None:
    set_setting(key="plan_changes.require_approval", value="on", ctx=CTX)
    change = ask(service)
    seen = decision_totals(change, recount_plan_offer(change, service, TENTH.date()))
    assert seen.due > 0
    for other in (replace(seen, due=seen.due - 1), replace(seen, charge=seen.charge + 1)):
        with pytest.raises(BusinessError) as refused:
            act(change=change, expected=other, ctx=Context(TENTH, SYSTEM))
        assert refused.value.code == "plan_change.price_changed"
    change.refresh_from_db()
    assert change.status == "pending"
    act(change=change, expected=seen, ctx=Context(TENTH, SYSTEM))
    assert change.status in ("awaiting_payment", "applied")


def test_on_account_it_is_carried_out_before_it_is_paid(service: Service) -> None:
    change = ask(service)
    actions.carry_out_on_account(change=change, ctx=Context(TENTH, SYSTEM))
    invoice = change.invoice
    assert invoice is not None
    assert (change.status, invoice.status, invoice.amount_due) == ("applied", "unpaid", 2000)
    assert invoice.due_date == date(2026, 5, 2)
    blocked = plan_change_blocked_reason(service, Context(TENTH, SYSTEM))
    assert blocked is not None
    assert blocked.code == "plan_change.change_not_paid"
    assert pay_request(change, 2000, TENTH) == invoice
    invoice.refresh_from_db()
    assert invoice.status == "paid"
    with pytest.raises(StateConflict):
        actions.carry_out_on_account(change=change, ctx=CTX)
