"""Each action publishes the event that it is, with the client whom it concerns."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from commerce.accounts.actions.client_flags import (
    set_api_rate,
    set_api_write_rate,
    turn_dunning_off,
    turn_dunning_on,
)
from commerce.accounts.actions.client_groups import create_client_group, set_client_group
from commerce.accounts.actions.clients import change_client, close_client, suspend_client
from commerce.accounts.actions.custom_fields import set_custom_value
from commerce.accounts.actions.tokens import create_token, revoke_token
from commerce.accounts.events import ApiTokenCreated, ApiTokenRevoked, ClientChanged
from commerce.accounts.models import Client
from commerce.billing.events import InvoiceOverdue, InvoiceReopened
from commerce.billing.periods.actions.dunning import mark_overdue
from commerce.events.models import StoredEvent
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.payments.actions.refunds import refund_payment
from commerce.payments.actions.reversals import reverse_payment
from commerce.payments.events import PaymentRefunded
from commerce.payments.models import Refund
from tests import make
from tests.make.payments import refund_whole_payment

pytestmark = pytest.mark.django_db
LATER = make.AT + timedelta(days=60)
CTX = Context(LATER, SYSTEM)


def published(event_type: type) -> list[tuple[object, int | None]]:
    """The events of a type so far, each with its client."""
    rows = StoredEvent.objects.filter(kind=event_type.__name__).order_by("id")
    return [(row.rebuild(event_type), row.client_id) for row in rows]


def test_an_invoice_that_becomes_overdue() -> None:
    invoice = make.make_invoice()
    mark_overdue(invoice=invoice, ctx=CTX)
    assert published(InvoiceOverdue) == [(InvoiceOverdue(invoice.pk), invoice.client_id)]
    with pytest.raises(StateConflict):
        mark_overdue(invoice=invoice, ctx=Context(LATER + timedelta(days=1), SYSTEM))
    assert len(published(InvoiceOverdue)) == 1


def test_an_invoice_that_is_open_again() -> None:
    payment = make.make_payment()
    reverse_payment(payment=payment, reason="cheque bounced", ctx=CTX)
    event = InvoiceReopened(payment.invoice_id)
    assert published(InvoiceReopened) == [(event, payment.client_id)]


@pytest.mark.parametrize("way", ["gateway", "credit"])
def test_a_payment_that_is_refunded(way: str) -> None:
    payment = make.make_payment()
    if way == "gateway":
        refund_whole_payment(payment=payment, reason="asked", ctx=CTX)
    else:
        for _ in range(2):  # the same form, sent twice
            refund_payment(
                method="credit",
                payment=payment,
                amount=100,
                reason="asked",
                idempotency_key="k",
                ctx=CTX,
            )
    refund = Refund.objects.get()
    assert published(PaymentRefunded) == [(PaymentRefunded(refund.pk), payment.client_id)]


def _set_group(client: Client) -> None:
    set_client_group(client=client, group=create_client_group(name="Friends", ctx=CTX), ctx=CTX)


def _answer(client: Client) -> None:
    field = make.make_custom_field("Color")
    change_client(client=client, custom={field.pk: "green"}, city="Bonn", ctx=CTX)


def _note(client: Client) -> None:
    field = make.make_custom_field("Color", admin_only=True)
    set_custom_value(client=client, field=field, value="green", ctx=CTX)


CHANGES: dict[str, Callable[[Client], object]] = {
    "a detail": lambda client: change_client(client=client, city="Bonn", ctx=CTX),
    "a detail and a custom field": _answer,
    "a custom field of staff": _note,
    "suspended": lambda client: suspend_client(client=client, reason="x", ctx=CTX),
    "closed": lambda client: close_client(client=client, reason="x", ctx=CTX),
    "dunning": lambda client: turn_dunning_off(client=client, reason="x", ctx=CTX),
    "API rate": lambda client: set_api_rate(client=client, rate=7, ctx=CTX),
    "API write rate": lambda client: set_api_write_rate(client=client, rate=7, ctx=CTX),
    "group": _set_group,
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_client_who_is_changed(change: str) -> None:
    client = make.make_client()
    assert published(ClientChanged) == []
    CHANGES[change](client)
    assert published(ClientChanged) == [(ClientChanged(client.pk), client.pk)]


def test_a_client_who_stays_the_same_is_not_changed() -> None:
    field = make.make_custom_field("Color")
    client = make.make_client(custom={field.pk: "green"}, city="Bonn")
    change_client(client=client, custom={field.pk: "green"}, city="Bonn", ctx=CTX)
    set_custom_value(client=client, field=field, value="green", ctx=CTX)
    set_client_group(client=client, group=None, ctx=CTX)
    with pytest.raises(BusinessError):
        turn_dunning_on(client=client, reason="x", ctx=CTX)
    assert published(ClientChanged) == []


def test_a_token_that_is_made_and_revoked() -> None:
    client = make.make_client()
    token, _plain = make.make_token(client)
    assert published(ApiTokenCreated) == [(ApiTokenCreated(token.pk), client.pk)]
    assert published(ApiTokenRevoked) == []
    revoke_token(token=token, ctx=CTX)
    assert published(ApiTokenRevoked) == [(ApiTokenRevoked(token.pk), client.pk)]


def test_a_token_that_is_refused_is_no_event() -> None:
    client = make.make_client()
    token, _plain = make.make_token(client)
    with pytest.raises(BusinessError):
        create_token(client=client, maker=token.maker, name=token.name, ctx=CTX)
    assert len(published(ApiTokenCreated)) == 1


def test_an_event_that_no_action_stands_behind_is_not_stored() -> None:
    """What is rolled back with its action has not happened."""
    invoice = make.make_invoice()
    with pytest.raises(BusinessError):
        mark_overdue(invoice=invoice, ctx=Context(make.AT, SYSTEM))
    assert published(InvoiceOverdue) == []
