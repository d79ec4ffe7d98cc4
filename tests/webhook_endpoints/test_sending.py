"""Bringing events to endpoints: what is sent, tried again, given up, and to whom nothing goes any more."""

import json
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from commerce.accounts.actions.api_writes.metadata import change_metadata
from commerce.accounts.actions.members import remove_member
from commerce.accounts.actions.tokens import revoke_token
from commerce.accounts.models import Client, Membership
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.mail.models import OutgoingMail
from commerce.site_settings.actions import set_setting
from commerce.webhook_endpoints.actions import deliveries
from commerce.webhook_endpoints.actions.creating import create_endpoint
from commerce.webhook_endpoints.actions.deliveries import (
    TriedDelivery,
    claim_endpoint,
    delete_old_deliveries,
    record_try,
    release_endpoint,
    repeat_delivery,
    repeat_since,
)
from commerce.webhook_endpoints.actions.endpoints import (
    pause_endpoint,
    resume_endpoint,
    rotate_endpoint_secret,
    send_test,
)
from commerce.webhook_endpoints.models import WebhookDelivery, WebhookEndpoint
from commerce.webhook_endpoints.rules import TRY_DELAYS
from commerce.webhook_endpoints.sending import end_endpoints_of_nobody, visit_endpoint
from tests.doubles.webhook_receiver import WebhookReceiver, trust, webhook_receiver
from tests.make.people import AT, make_client, make_member
from tests.make.records import make_service, make_token
from tests.make.webhook_endpoints import make_delivery, make_endpoint, make_events

pytestmark = pytest.mark.django_db


class StandingDatetime(datetime):
    """For the library that verifies, which looks at how old a message is."""

    @classmethod
    def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
        return AT.astimezone(tz)


CTX = Context(AT, SYSTEM)
WELL, FAILED = TriedDelivery(204, "", 5), TriedDelivery(500, "no", 5)


@pytest.fixture(scope="module")
def listening() -> Iterator[WebhookReceiver]:
    with webhook_receiver() as there:
        yield there


@pytest.fixture
def receiver(
    listening: WebhookReceiver, monkeypatch: pytest.MonkeyPatch
) -> Iterator[WebhookReceiver]:
    listening.received.clear()
    listening.seconds = 0
    listening.says(204)
    monkeypatch.setattr("standardwebhooks.webhooks.datetime", StandingDatetime)
    monkeypatch.setattr("commerce.kit.remote.guarded.usual_certificates", trust)
    set_setting(key="api.webhook_networks", value="127.0.0.0/8", ctx=CTX)
    with clock.freeze_time(AT):
        yield listening


def visit(endpoint: WebhookEndpoint) -> None:
    claim = claim_endpoint(endpoint_id=endpoint.pk, at=clock.now())
    assert claim is not None
    visit_endpoint(endpoint.pk, claim, threading.Event())
    endpoint.refresh_from_db()


def test_events_are_brought_in_the_form_of_the_feed_and_signed(receiver: WebhookReceiver) -> None:
    client = make_client()
    service = make_service(client)
    change_metadata(record=service, values={"": "Shop 7"}, ctx=CTX)
    endpoint, secret = make_endpoint(client, receiver.url)
    events = make_events(
        client, 2, type="service.changed", resource_kind="service", resource_id=service.pk
    )
    visit(endpoint)
    assert len(receiver.received) == 2
    sent = receiver.received[0]
    body = Webhook(secret).verify(sent.body, sent.headers)
    assert body["id"] == sent.headers["webhook-id"] == events[0].public_id
    assert body["data"]["resource"]["reference"] == "Shop 7"
    assert sent.headers["webhook-timestamp"] == str(int(AT.timestamp()))
    assert sent.headers["content-type"] == "application/json"
    rows = WebhookDelivery.objects.order_by("sequence")
    assert [(one.tries, one.response_status, one.delivered_at) for one in rows] == [
        (1, 204, AT)
    ] * 2
    assert endpoint.position == events[-1].sequence
    assert endpoint.next_try_at is None
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(sent.body + b" ", sent.headers)


def test_both_secrets_sign_while_one_is_being_changed(receiver: WebhookReceiver) -> None:
    endpoint, old = make_endpoint(address=receiver.url)
    new = rotate_endpoint_secret(endpoint=endpoint, ctx=CTX).secret
    assert endpoint.client is not None
    make_events(endpoint.client)
    visit(endpoint)
    sent = receiver.received[0]
    for secret in (old, new):
        Webhook(secret).verify(sent.body, sent.headers)
    with clock.freeze_time(AT + timedelta(hours=25)):
        make_events(endpoint.client)
        visit(endpoint)
    signature = receiver.received[1].headers["webhook-signature"]
    assert len(signature.split()) == 1


def test_only_wanted_types_and_what_its_maker_may_see_are_sent(receiver: WebhookReceiver) -> None:
    client = make_client()
    endpoint, _ = make_endpoint(client, receiver.url, types=["invoice.paid", "domain.renewed"])
    make_events(client, type="invoice.changed")
    make_events(client, type="invoice.paid")
    make_events(client, type="domain.renewed", resource_kind="domain")
    bob = make_member(client, role="billing", rights=["tokens.manage", "domains.view"])
    WebhookEndpoint.objects.update(maker=bob.user)
    visit(endpoint)
    assert [json.loads(one.body)["type"] for one in receiver.received] == ["domain.renewed"]
    assert endpoint.position == 3


def test_one_that_a_token_made_is_told_of_no_more_than_the_token(receiver: WebhookReceiver) -> None:
    client = make_client()
    token, _ = make_token(client, scopes=["webhooks:write", "domains:read"])
    endpoint, _ = make_endpoint(client, receiver.url, token_id=token.pk)
    make_events(client)
    make_events(client, type="domain.renewed", resource_kind="domain")
    visit(endpoint)
    assert [json.loads(one.body)["type"] for one in receiver.received] == ["domain.renewed"]


def test_what_may_not_be_seen_any_more_is_not_tried_again(receiver: WebhookReceiver) -> None:
    endpoint, _ = make_endpoint(address=receiver.url)
    delivery = make_delivery(endpoint)
    WebhookEndpoint.objects.update(next_try_at=AT, position=99)
    Membership.objects.update(role="billing", rights=["tokens.manage"])
    visit(endpoint)
    delivery.refresh_from_db()
    assert (receiver.received, delivery.next_try_at, delivery.tries) == ([], None, 0)


def test_a_new_one_is_sent_its_test_alone_until_that_is_answered_well(
    receiver: WebhookReceiver,
) -> None:
    client = make_client()
    owner = client.memberships.get().user
    made = create_endpoint(client=client, maker=owner, address=receiver.url, ctx=CTX)
    endpoint, secret = made.endpoint, made.secret
    make_events(client)
    receiver.says(500, b"not\0yet")
    visit(endpoint)
    assert endpoint.status == "new"
    assert [json.loads(one.body)["type"] for one in receiver.received] == ["webhook.test"]
    failed = endpoint.deliveries.get()
    assert (failed.answer, failed.next_try_at, endpoint.failing_since) == ("not�yet", None, None)
    send_test(endpoint=endpoint, ctx=CTX)
    receiver.says(200)
    visit(endpoint)
    assert endpoint.status == "active"
    types = [json.loads(one.body)["type"] for one in receiver.received]
    assert types == ["webhook.test", "webhook.test", "invoice.paid"]
    Webhook(secret).verify(receiver.received[1].body, receiver.received[1].headers)


@pytest.mark.parametrize("status", [199, 300, 302, 400, 404, 500])
def test_all_but_2xx_is_a_failure(status: int) -> None:
    assert not TriedDelivery(status, "", 1).is_well


def test_a_failed_delivery_is_tried_again_by_and_by(receiver: WebhookReceiver) -> None:
    endpoint, _ = make_endpoint(address=receiver.url)
    make_delivery(endpoint)
    WebhookEndpoint.objects.update(position=99)
    at = AT
    for delay in (*TRY_DELAYS, None):
        delivery = WebhookDelivery.objects.get()
        record_try(delivery=delivery, tried=FAILED, at=at)
        delivery.refresh_from_db()
        if delay is None:
            assert delivery.next_try_at is None
            break
        assert delivery.next_try_at is not None
        assert delay * 0.9 <= delivery.next_try_at - at <= delay * 1.1
        at = delivery.next_try_at
    assert WebhookDelivery.objects.get().tries == 10


def test_one_who_fails_is_asked_once_for_each_visit_and_then_rests(
    receiver: WebhookReceiver,
) -> None:
    endpoint, _ = make_endpoint(address=receiver.url)
    assert endpoint.client is not None
    make_events(endpoint.client, 20)
    receiver.says(500)
    at = AT
    for _ in range(5):
        with clock.freeze_time(at):
            visit(endpoint)
        at += timedelta(seconds=1)
    assert len(receiver.received) == 5
    assert (endpoint.failures, endpoint.failing_since) == (5, AT)
    assert endpoint.resumes_at == at
    assert not WebhookEndpoint.objects.due(at - timedelta(seconds=1)).exists()
    receiver.says(200)
    with clock.freeze_time(at):
        visit(endpoint)
    assert (endpoint.failures, endpoint.failing_since, endpoint.resumes_at) == (0, None, None)
    assert len(receiver.received) >= 20


def test_a_pause_that_is_asked_for_is_kept(receiver: WebhookReceiver) -> None:
    endpoint, _ = make_endpoint(address=receiver.url)
    make_delivery(endpoint)
    receiver.says(429, Retry_After="120")
    visit(endpoint)
    assert endpoint.resumes_at == AT + timedelta(seconds=120)


def test_410_ends_it(receiver: WebhookReceiver) -> None:
    endpoint, _ = make_endpoint(address=receiver.url)
    assert endpoint.client is not None
    make_events(endpoint.client, 3)
    receiver.says(410)
    visit(endpoint)
    assert (endpoint.status, endpoint.next_try_at) == ("ended", None)
    assert len(receiver.received) == 1
    assert not endpoint.secrets.exists()
    assert not WebhookDelivery.objects.waiting().exists()


def test_after_five_days_of_failures_it_is_off_and_owners_are_told_once() -> None:
    endpoint, _ = make_endpoint()
    made = [make_delivery(endpoint) for _ in range(3)]
    record_try(delivery=made[0], tried=FAILED, at=AT)
    record_try(delivery=made[1], tried=FAILED, at=AT + timedelta(days=4, hours=23))
    endpoint.refresh_from_db()
    assert endpoint.status == "active"
    for _ in range(2):
        record_try(delivery=made[2], tried=FAILED, at=AT + timedelta(days=5))
    endpoint.refresh_from_db()
    assert endpoint.status == "off"
    mail = OutgoingMail.objects.get(event="webhook_endpoint_disabled")
    assert "hooks.example.com" in str(mail.values)


def test_one_success_between_failures_begins_the_days_anew() -> None:
    endpoint, _ = make_endpoint()
    delivery = make_delivery(endpoint)
    record_try(delivery=delivery, tried=FAILED, at=AT)
    record_try(delivery=delivery, tried=WELL, at=AT + timedelta(days=4))
    record_try(delivery=delivery, tried=FAILED, at=AT + timedelta(days=6))
    endpoint.refresh_from_db()
    assert endpoint.status == "active"


def test_while_it_is_paused_events_wait(receiver: WebhookReceiver) -> None:
    endpoint, _ = make_endpoint(address=receiver.url)
    assert endpoint.client is not None
    pause_endpoint(endpoint=endpoint, ctx=CTX)
    make_events(endpoint.client, 2)
    assert not WebhookEndpoint.objects.due(AT).exists()
    resume_endpoint(endpoint=endpoint, ctx=CTX)
    assert WebhookEndpoint.objects.due(AT).exists()
    visit(endpoint)
    assert len(receiver.received) == 2


def _removed(endpoint: WebhookEndpoint) -> None:
    member = Membership.objects.get(user=endpoint.maker)
    make_member(member.client, role="owner")
    remove_member(membership=member, ctx=CTX)


def _closed(endpoint: WebhookEndpoint) -> None:
    Client.objects.update(status="closed")


def _revoked(endpoint: WebhookEndpoint) -> None:
    assert endpoint.token is not None
    revoke_token(token=endpoint.token, ctx=CTX)


def _without_right(endpoint: WebhookEndpoint) -> None:
    Membership.objects.update(role="billing", rights=["services.view"])


@pytest.mark.parametrize("gone", [_removed, _closed, _revoked, _without_right])
@pytest.mark.parametrize("by", ["visit", "sweep"])
def test_it_ends_with_whom_it_belongs_to(receiver: WebhookReceiver, gone: Any, by: str) -> None:
    client = make_client()
    token = make_token(client, scopes=["webhooks:write", "invoices:read"])[0]
    endpoint, _ = make_endpoint(client, receiver.url, token_id=token.pk)
    make_events(client)
    end_endpoints_of_nobody(at=AT)
    gone(endpoint)
    if by == "visit":
        visit(endpoint)
    else:
        assert end_endpoints_of_nobody(at=AT) == 1
    endpoint.refresh_from_db()
    assert (endpoint.status, receiver.received) == ("ended", [])


def test_of_two_workers_one_has_it_until_its_lease_is_over() -> None:
    """A worker that was killed loses nothing."""
    endpoint, _ = make_endpoint()
    make_delivery(endpoint)
    first = claim_endpoint(endpoint_id=endpoint.pk, at=AT)
    assert first is not None
    assert not claim_endpoint(endpoint_id=endpoint.pk, at=AT)
    assert not WebhookEndpoint.objects.due(AT + timedelta(seconds=59)).exists()
    later = AT + timedelta(seconds=60)
    assert WebhookEndpoint.objects.due(later).exists()
    second = claim_endpoint(endpoint_id=endpoint.pk, at=later)
    assert second is not None
    # The first was only late: what the second has stays theirs.
    release_endpoint(endpoint_id=endpoint.pk, claim=first, at=later)
    assert not claim_endpoint(endpoint_id=endpoint.pk, at=later)
    release_endpoint(endpoint_id=endpoint.pk, claim=second, at=later)
    assert claim_endpoint(endpoint_id=endpoint.pk, at=later)


def test_a_delivery_is_sent_again_when_somebody_wants_it(receiver: WebhookReceiver) -> None:
    endpoint, _ = make_endpoint(address=receiver.url)
    delivery = make_delivery(endpoint)
    visit(endpoint)
    repeat_delivery(delivery=delivery, ctx=CTX)
    endpoint.refresh_from_db()
    assert endpoint.next_try_at == AT
    with clock.freeze_time(AT + timedelta(seconds=1)):
        visit(endpoint)
        assert repeat_since(endpoint=endpoint, since=AT, ctx=Context(clock.now(), SYSTEM)) == 1
    with clock.freeze_time(AT + timedelta(seconds=2)):
        visit(endpoint)
    assert len({one.headers["webhook-id"] for one in receiver.received}) == 1
    assert len(receiver.received) == 3


def test_the_log_is_kept_for_a_while() -> None:
    endpoint, _ = make_endpoint()
    make_delivery(endpoint)
    assert delete_old_deliveries(before=AT) == 0
    assert delete_old_deliveries(before=AT + timedelta(seconds=1)) == 1


def test_who_answers_at_length_fills_no_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries, "ANSWERS_KEPT", 2)
    monkeypatch.setattr(deliveries, "ANSWERS_KEPT_OF_ENDED", 1)
    client = make_client()
    for status, kept in (("active", ["", "text", "text"]), ("ended", ["", "", "text"])):
        endpoint, _ = make_endpoint(client, status=status)
        for minutes in range(3):
            at = AT - timedelta(minutes=9 - minutes)
            make_delivery(endpoint, created_at=at, answer="text", next_try_at=None)
        deliveries.forget_older_answers(at=AT)
        assert list(endpoint.deliveries.order_by("pk").values_list("answer", flat=True)) == kept


def test_a_worker_that_stops_leaves_the_rest_to_others(receiver: WebhookReceiver) -> None:
    endpoint, _ = make_endpoint(address=receiver.url)
    assert endpoint.client is not None
    make_events(endpoint.client, 3)
    stopping = threading.Event()
    receiver.answers = lambda _post: stopping.set() or (204, {}, b"")  # type: ignore[func-returns-value]
    claim = claim_endpoint(endpoint_id=endpoint.pk, at=AT)
    assert claim is not None
    visit_endpoint(endpoint.pk, claim, stopping)
    assert len(receiver.received) == 1
    assert WebhookDelivery.objects.waiting().count() == 2
    endpoint.refresh_from_db()
    assert (endpoint.next_try_at, endpoint.claimed_until) == (AT, AT)


def test_without_a_secret_that_can_be_read_nothing_is_sent(receiver: WebhookReceiver) -> None:
    endpoint, _ = make_endpoint(address=receiver.url)
    make_delivery(endpoint)
    endpoint.secrets.update(encrypted="lost")
    visit(endpoint)
    assert receiver.received == []
    assert WebhookDelivery.objects.get().answer == "The secret can't be read."
