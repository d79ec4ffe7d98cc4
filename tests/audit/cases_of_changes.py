"""What each action about plan changes and cancellations is called with, for ``test_what_the_api_shows``."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from commerce.accounts.models import Client
from commerce.billing.actions import cancellations
from commerce.billing.models import CancellationRequest
from commerce.kit.actor import SYSTEM
from tests import make

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
    "billing.carry_out_cancellation": service(cancellations.carry_out_cancellation),
}

UNSEEN = {
    *("billing.request_cancellation", "billing.reject_cancellation", "billing.move_cancellation"),
}
"""What the API does not show."""

READING = {"billing.cancel_due"}

MODULES = (cancellations,)
