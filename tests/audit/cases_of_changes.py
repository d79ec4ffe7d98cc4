"""What each action about cancellations, prices and late invoices is called with, for ``cases``."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from commerce.accounts.models import Client
from commerce.billing.changes.cancellations import actions
from commerce.billing.changes.price_changes import actions as price_changes
from commerce.billing.models import CancellationRequest, PriceChangeAct
from commerce.billing.periods.actions.dunning import (
    add_late_fee,
    charge_late_fee,
    lift_dunning_hold,
    set_dunning_hold,
)
from commerce.domains.events import DomainCancelled
from commerce.hosting.events import ServiceCancelled
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from commerce.site_settings.actions import set_setting
from tests import make
from tests.audit import cases_of_staff
from tests.make.repricing import make_tld

LATER = make.AT + timedelta(days=60)
CTX = Context(LATER, SYSTEM)

type Act = Callable[[], object]
type Case = Callable[[Client], Act]


def asked(client: Client, **over: Any) -> CancellationRequest:
    values = {"kind": "immediate", "reason": "Too dear", "ctx": Context(make.AT, SYSTEM)}
    return actions.request_cancellation(service=make.make_service(client), **values | over)


def request(act: Callable[..., object], **more: Any) -> Case:
    return lambda client: prepared(act, request=asked(client), **more)


def approved(client: Client) -> Act:
    found = asked(client, kind="end_of_period")
    return prepared(actions.withdraw_cancellation, request=found)


def repriced(client: Client) -> Any:
    found = make.make_service(client)
    product = make.make_product(prices=[("EUR", "monthly", 900)])
    Service.objects.filter(pk=found.pk).update(product=product)
    return found


def announced(client: Client) -> Any:
    found = repriced(client)
    price_changes.reprice_client(
        client_id=client.pk, services=[found.pk], ctx=Context(make.AT, SYSTEM)
    )
    return found


def reprice(client: Client) -> Act:
    found = repriced(client)
    return prepared(price_changes.reprice_client, client_id=client.pk, services=[found.pk])


def price_change(act: Callable[..., object], **more: Any) -> Case:
    return lambda client: prepared(act, change=announced(client).price_changes.get(), **more)


def applied(client: Client) -> Act:
    return prepared(price_changes.apply_price_changes_to_services, services=[announced(client)])


def applied_to_domain(client: Client) -> Act:
    make_tld()
    found = make.make_domain(client)
    price_changes.reprice_client(
        client_id=client.pk, domains=[found.pk], ctx=Context(make.AT, SYSTEM)
    )
    return prepared(price_changes.apply_price_changes_to_domains, domains=[found])


def ended(client: Client) -> Act:
    event = ServiceCancelled(announced(client).pk)
    return lambda: price_changes.drop_price_changes_of_service(event, Context(LATER, SYSTEM))


def withdrawn(client: Client) -> Act:
    announced(client)
    act = PriceChangeAct.objects.latest("pk")
    return lambda: price_changes.drop_price_changes_of_act(
        act=act, client_id=client.pk, reason="asked", ctx=Context(LATER, SYSTEM)
    )


def gone(client: Client) -> Act:
    event = DomainCancelled(make.make_domain(client).pk, "")
    return lambda: price_changes.drop_price_changes_of_domain(event, Context(LATER, SYSTEM))


def service(act: Callable[..., object], **more: Any) -> Case:
    return lambda client: prepared(act, service=make.make_service(client), **more)


def prepared(act: Callable[..., object], **given: Any) -> Act:
    return lambda: act(**given, ctx=CTX)


def late_fee(act: Callable[..., object]) -> Case:
    def case(client: Client) -> Act:
        for key, value in (("kind", "fixed"), ("amount", "EUR 5.00")):
            set_setting(key=f"billing.late_fee_{key}", value=value, ctx=Context(make.AT, SYSTEM))
        return prepared(act, invoice=make.make_invoice(client, "overdue"))

    return case


def held_invoice(client: Client) -> Act:
    held = make.make_invoice(client)
    set_dunning_hold(reason="asked", invoice=held, until=LATER.date(), ctx=Context(make.AT, SYSTEM))
    return prepared(lift_dunning_hold, invoice=held)


CASES: dict[str, Case] = {
    "billing.add_late_fee": late_fee(add_late_fee),
    "billing.charge_late_fee": late_fee(charge_late_fee),
    "billing.lift_dunning_hold": held_invoice,
    "billing.request_cancellation": service(
        actions.request_cancellation, kind="immediate", reason="Too dear"
    ),
    "billing.approve_cancellation": request(actions.approve_cancellation),
    "billing.reject_cancellation": request(actions.reject_cancellation, note="No"),
    "billing.withdraw_cancellation": approved,
    "billing.move_cancellation": request(actions.move_cancellation, to="withdrawn"),
    "billing.cancel_service_without_request": service(
        actions.cancel_service_without_request, kind="immediate", reason="Abuse"
    ),
    "billing.end_service_on": service(actions.end_service_on, day=LATER.date(), reason="Ended"),
    **cases_of_staff.CASES,
    "billing.carry_out_cancellation": service(actions.carry_out_cancellation),
    "billing.reprice_client": reprice,
    "billing.drop_price_change": price_change(price_changes.drop_price_change, reason="asked"),
    "billing.drop_price_changes_of_act": withdrawn,
    "billing.move_price_change": price_change(price_changes.move_price_change, to="dropped"),
    "billing.drop_planned_price_changes": lambda client: prepared(
        price_changes.drop_planned_price_changes,
        subject=("service", announced(client).pk),
        reason="ended",
    ),
    "billing.drop_price_changes_of_service": ended,
    "billing.drop_price_changes_of_domain": gone,
    "billing.apply_price_changes_to_services": applied,
    "billing.apply_price_changes_to_domains": applied_to_domain,
}

UNSEEN = {
    *("billing.request_cancellation", "billing.reject_cancellation", "billing.move_cancellation"),
    *("billing.reprice_client", "billing.drop_price_change", "billing.move_price_change"),
    *("billing.drop_planned_price_changes", "billing.drop_price_changes_of_service"),
    *("billing.drop_price_changes_of_domain", "billing.drop_price_changes_of_act"),
}
"""What the API does not show."""
