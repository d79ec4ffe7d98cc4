"""Consumers and what they state, for tests."""

from datetime import datetime
from itertools import count
from typing import Any

from commerce.accounts.models import Client
from commerce.consumers.actions.statements import make_statement
from commerce.consumers.models import ConsumerStatement
from commerce.consumers.rules import StatementChannel, StatementKind
from commerce.domains.models import Domain
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Actor, Context
from commerce.orders.models import Order
from commerce.site_settings.actions import set_setting
from commerce.support.consumers.actions import give_instruction, record_begin_consent
from tests.make.people import AT

_number = count(1)


def switch_on_consumers(**over: str) -> None:
    """Consumers can state what they want; ``over`` are settings of ``consumer``."""
    for name, value in {"enabled": "on", **over}.items():
        set_setting(key=f"consumer.{name}", value=value, ctx=Context(AT, SYSTEM))


def state(
    kind: str = "ending", *, about: Service | Domain | None = None, at: datetime = AT, **over: Any
) -> ConsumerStatement:
    """A statement as somebody makes it who did not sign in; ``about`` ties it to a contract."""
    values: dict[str, Any] = {
        "channel": StatementChannel.STAFF if about else StatementChannel.PAGE,
        "name": "Jane Smith",
        "contract": "my web space",
        "email": "jane@example.com",
        "locale": "en",
        "ending_kind": "ordinary" if kind == "ending" else "",
        "idempotency_key": f"key {next(_number)}",
        "chosen": about,
        "ctx": Context(at, SYSTEM),
    }
    return make_statement(kind=StatementKind(kind), **values | over)


def begin_at_once(client: Client, order: Order, at: datetime = AT) -> None:
    """A consumer was told of the right of withdrawal, and asked for their order to begin at once."""
    record = ("order", order.pk)
    member = Actor("member", 1, "jane@example.com")
    record_begin_consent(client=client, record=record, given=True, ctx=Context(at, member))
    give_instruction(client=client, record=record, ctx=Context(at, SYSTEM))
