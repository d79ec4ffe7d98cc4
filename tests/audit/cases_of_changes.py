"""What each action about cancellations and prices is called with, for ``test_what_the_api_shows``."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from commerce.accounts.models import Client
from commerce.billing.actions import by_staff, cancellations, price_changes
from commerce.billing.models import CancellationRequest
from commerce.domains.events import DomainCancelled
from commerce.hosting.events import ServiceCancelled
from commerce.hosting.models import Service
from commerce.kit.actor import SYSTEM
from tests import make
from tests.audit import cases_of_staff
from tests.make.pricing import sold

LATER = make.AT + timedelta(days=60)
SAY: dict[str, Any] = {"at": LATER, "actor": SYSTEM}

type Act = Callable[[], object]
type Case = Callable[[Client], Act]


def asked(client: Client, **over: Any) -> CancellationRequest:
    values = {"kind": "end_of_period", "reason": "Too dear", "at": make.AT, "actor": SYSTEM}
    return cancellations.request_cancellation(service=make.make_service(client), **values | over)


def request(act: Callable[..., object], **more: Any) -> Case:
    return lambda client: prepared(act, request=asked(client), **more)


def approved(client: Client) -> Act:
    found = asked(client)
    cancellations.approve_cancellation(request=found, at=make.AT, actor=SYSTEM)
    return prepared(cancellations.withdraw_cancellation, request=found)


def repriced(client: Client) -> Any:
    found = make.make_service(client)
    product = make.make_product(prices=[("EUR", "monthly", 900)])
    Service.objects.filter(pk=found.pk).update(product=product)
    return found


def announced(client: Client) -> Any:
    found = repriced(client)
    price_changes.reprice_client(client_id=client.pk, services=[found.pk], at=make.AT, actor=SYSTEM)
    return found


def reprice(client: Client) -> Act:
    found = repriced(client)
    return prepared(price_changes.reprice_client, client_id=client.pk, services=[found.pk])


def price_change(act: Callable[..., object], **more: Any) -> Case:
    return lambda client: prepared(act, change=announced(client).price_changes.get(), **more)


def applied(client: Client) -> Act:
    return prepared(price_changes.apply_to_services, services=[announced(client)])


def applied_to_domain(client: Client) -> Act:
    sold()
    found = make.make_domain(client)
    price_changes.reprice_client(client_id=client.pk, domains=[found.pk], at=make.AT, actor=SYSTEM)
    return prepared(price_changes.apply_to_domains, domains=[found])


def ended(client: Client) -> Act:
    event = ServiceCancelled(announced(client).pk)
    return lambda: price_changes.drop_for_service(event, LATER, SYSTEM)


def gone(client: Client) -> Act:
    event = DomainCancelled(make.make_domain(client).pk, "")
    return lambda: price_changes.drop_for_domain(event, LATER, SYSTEM)


def service(act: Callable[..., object], **more: Any) -> Case:
    return lambda client: prepared(act, service=make.make_service(client), **more)


def prepared(act: Callable[..., object], **given: Any) -> Act:
    return lambda: act(**given, **SAY)


CASES: dict[str, Case] = {
    "billing.request_cancellation": service(
        cancellations.request_cancellation, kind="immediate", reason="Too dear"
    ),
    "billing.approve_cancellation": request(cancellations.approve_cancellation),
    "billing.reject_cancellation": request(cancellations.reject_cancellation, note="No"),
    "billing.withdraw_cancellation": approved,
    "billing.move_cancellation": request(cancellations.move_cancellation, to="withdrawn"),
    "billing.cancel_by_staff": service(
        cancellations.cancel_by_staff, kind="immediate", reason="Abuse"
    ),
    **cases_of_staff.CASES,
    "billing.carry_out_cancellation": service(cancellations.carry_out_cancellation),
    "billing.reprice_client": reprice,
    "billing.drop_price_change": price_change(price_changes.drop_price_change, reason="asked"),
    "billing.move_price_change": price_change(price_changes.move_price_change, to="dropped"),
    "billing.drop_planned": lambda client: prepared(
        price_changes.drop_planned, of=("service", announced(client).pk), reason="ended"
    ),
    "billing.drop_for_service": ended,
    "billing.drop_for_domain": gone,
    "billing.apply_to_services": applied,
    "billing.apply_to_domains": applied_to_domain,
}

UNSEEN = {
    *("billing.request_cancellation", "billing.reject_cancellation", "billing.move_cancellation"),
    *("billing.reprice_client", "billing.drop_price_change", "billing.move_price_change"),
    *("billing.drop_planned", "billing.drop_for_service", "billing.drop_for_domain"),
}
"""What the API does not show."""

READING = {"billing.cancel_due", "billing.open_periods", "hosting.choose_server"}

MODULES = (cancellations, price_changes, by_staff)
