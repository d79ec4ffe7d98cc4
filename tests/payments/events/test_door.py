"""``POST /webhooks/{gateway}``: what is kept, what is refused, and what nobody gets to see (payments.md 4, X2, X5)."""

import json
import logging
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commerce.jobs.models import Job
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.kit.process_metrics import this_process
from commerce.payments.actions.gateway_events import REFUSED_PER_HOUR
from commerce.payments.gateways import registry
from commerce.payments.models import GatewayEvent, Payment, RefusedMessage
from commerce.payments.receive_message import REFUSED_OF_A_NETWORK_PER_HOUR
from commerce.site_settings.actions import reset_setting, set_setting
from commerce.webhooks.handler import UNVERIFIED_PER_MINUTE
from tests import make
from tests.doubles.gateway import SECRET, FakeGateway, FakeProvider, SignedMessage, sign
from tests.make.outages import in_new_thread
from tests.make.webhooks import deliver, work

pytestmark = pytest.mark.usefixtures("proven")
CTX = Context(make.AT, SYSTEM)
NOW = int(make.AT.timestamp())
PLANTED = "planted-4711"


def signed(body: bytes) -> SignedMessage:
    """Any body, truly the provider's."""
    return {"Fake-Signature": f"{NOW},{sign(SECRET, NOW, body)}"}, body


def test_a_true_message_is_kept_as_it_came_and_then_booked(
    provider: FakeProvider, paid: str
) -> None:
    message = provider.notice(paid)
    told = deliver(message, headers={"Cookie": "a=b", "Authorization": "Basic x", "Accept": "*/*"})
    assert (told.status, told.text) == (200, "Received.\n")
    event = GatewayEvent.objects.get()
    assert (event.gateway, event.event_id, event.status) == ("fake", f"e-{paid}", "received")
    assert (bytes(event.body), event.headers) == (message[1], message[0])
    assert not Payment.objects.exists()
    work()
    event.refresh_from_db()
    assert (event.status, event.tries, event.error) == ("processed", 1, "")
    assert Payment.objects.get().invoice.status == "paid"


def test_five_times_and_again_after_a_day_is_once(provider: FakeProvider, paid: str) -> None:
    """R2, U2: the gateway signs anew each time; the id is the same."""
    for _ in range(5):
        assert deliver(provider.notice(paid)).status == 200
    work()
    with clock.freeze_time(make.AT + timedelta(days=1)):
        assert deliver(provider.notice(paid)).status == 200
        work()
    assert GatewayEvent.objects.get().status == "processed"
    assert Job.objects.filter(action="gateway_event.process").count() == 1
    assert Payment.objects.get().invoice.status == "paid"


def test_what_is_not_verified_is_a_400_of_which_the_beginning_is_kept(
    provider: FakeProvider, paid: str
) -> None:
    """X5: unsigned, signed by another, changed on its way, old, from the future."""
    headers, body = provider.notice(paid)
    for message in (
        ({}, body),
        ({"Fake-Signature": "x,y"}, body),
        (headers, body.replace(b"s-", b"t-")),
        provider.notice(paid, secret="another"),
        provider.notice(paid, at=NOW - 301),
        provider.notice(paid, at=NOW + 301),
        (headers, b"x" * 200_000),
    ):
        told = deliver(message)
        assert (told.status, told.text) == (400, "This message could not be verified.\n")
    assert not GatewayEvent.objects.exists()
    assert not Job.objects.filter(action="gateway_event.process").exists()
    kept = RefusedMessage.objects.order_by("pk")
    assert [bytes(row.body) for row in kept][::6] == [body, b"x" * 4096]
    assert {row.address for row in kept} == {"203.0.113.9"}
    assert kept[0].reason == "This message is not signed."


def test_a_forged_message_takes_no_id_from_the_true_one(provider: FakeProvider, paid: str) -> None:
    assert deliver(({}, provider.notice(paid)[1])).status == 400
    assert deliver(provider.notice(paid)).status == 200
    work()
    assert Payment.objects.get().invoice.status == "paid"


def test_an_empty_secret_verifies_nothing(provider: FakeProvider, paid: str) -> None:
    """Whatever the adapter would say: it is not asked."""
    reset_setting(key="gateway.fake.token", ctx=CTX)
    assert deliver(provider.notice(paid, secret="")).status == 400
    assert not GatewayEvent.objects.exists()


def test_a_gateway_that_was_switched_off_is_still_heard(provider: FakeProvider, paid: str) -> None:
    set_setting(key="gateway.fake.enabled", value="off", ctx=CTX)
    assert deliver(provider.notice(paid)).status == 200
    work()
    assert Payment.objects.get().invoice.status == "paid"


@pytest.mark.usefixtures("provider")
@pytest.mark.parametrize("slug", ["nope", "FAKE", "fake/", "", "bank_transfer", "manual", "fake/x"])
def test_nobody_else_has_a_door(slug: str) -> None:
    """Nor have gateways whose provider, if any, sends nothing."""
    assert deliver(({}, b"{}"), slug).status == 404
    assert not RefusedMessage.objects.exists()


def test_only_a_post_over_https_is_read(provider: FakeProvider, paid: str) -> None:
    message = provider.notice(paid)
    told = deliver(message, method="GET")
    assert (told.status, told.headers["allow"]) == (405, "POST")
    assert deliver(message, method="HEAD").text == ""
    assert deliver(message, secure=False).status == 403
    assert not GatewayEvent.objects.exists()


@pytest.mark.usefixtures("provider")
def test_a_body_of_256_kib_is_taken_and_none_above() -> None:
    body = json.dumps({"id": "e1", "reference": "", "state": ""}).encode()
    assert deliver(signed(body.ljust(256 * 1024))).status == 200
    assert len(GatewayEvent.objects.get().body) == 256 * 1024
    assert deliver(signed(body.ljust(256 * 1024 + 1))).status == 413
    assert not RefusedMessage.objects.exists()


def test_no_session_is_made_and_no_cookie_looked_at(provider: FakeProvider, paid: str) -> None:
    """X14."""
    with CaptureQueriesContext(connection) as seen:
        told = deliver(provider.notice(paid), headers={"Cookie": "__Host-commerce_client=abc"})
    assert "set-cookie" not in told.headers
    assert told.headers["cache-control"] == "no-store"
    assert not Session.objects.exists()
    assert not [query for query in seen.captured_queries if "django_session" in query["sql"]]
    assert len(seen) == 5  # settings, a transaction of two rows


def test_no_log_holds_what_a_message_says(
    provider: FakeProvider,
    paid: str,
    data_dir: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """X2: neither the body nor the signature of one that is taken, refused, or cannot be processed."""
    headers, body = provider.notice(paid, id=PLANTED, card=PLANTED)
    with caplog.at_level(logging.DEBUG):
        assert deliver((headers, body)).status == 200
        assert deliver((headers, body + b" ")).status == 400
        provider.silent.append("fetch")
        work()
    assert "was refused" in caplog.text
    written = "".join(path.read_text("utf-8") for path in (data_dir / "log").glob("*.log"))
    # A test that moved the clock by a year had the file of today deleted as old: the lines are here as well.
    written += capfd.readouterr().err
    assert '"/webhooks/fake"' in written
    signature = headers["Fake-Signature"].partition(",")[2]
    for text in (caplog.text, written, repr(GatewayEvent.objects.get().error)):
        assert PLANTED not in text
        assert signature not in text
        assert SECRET not in text


@pytest.mark.parametrize("identity", ["", "x" * 256, "a\x00b"])
@pytest.mark.usefixtures("provider")
def test_an_event_without_a_usable_id_is_refused(identity: str) -> None:
    body = json.dumps({"id": identity, "reference": "", "state": ""}).encode()
    assert deliver(signed(body)).status == 400
    assert RefusedMessage.objects.get().reason == "This event has no valid ID."


@pytest.mark.usefixtures("provider")
def test_strangers_fill_no_disk() -> None:
    """All are refused and counted; of a gateway a hundred are kept in an hour, and of a network twenty."""
    before = counted("webhook.refused")
    for number in range(REFUSED_PER_HOUR + 5):
        assert deliver(({}, b"x"), address=f"198.51.100.{number}").status == 400
    assert RefusedMessage.objects.count() == REFUSED_PER_HOUR
    assert counted("webhook.refused") - before == REFUSED_PER_HOUR + 5
    with clock.freeze_time(make.AT + timedelta(hours=2)):
        deliver(({}, b"x"))
    assert RefusedMessage.objects.count() == REFUSED_PER_HOUR + 1


@pytest.mark.usefixtures("provider")
def test_of_the_headers_that_are_kept_of_a_refused_message_the_beginning_is_enough() -> None:
    assert deliver(({"Fake-Signature": "x" * 60_000}, b"x")).status == 400
    assert RefusedMessage.objects.get().headers == {"Fake-Signature": "x" * 1024}


def test_false_messages_close_the_door_to_no_true_one(provider: FakeProvider, paid: str) -> None:
    """Whoever has an account of their own at the gateway has it send them from its own network."""
    for number in range(UNVERIFIED_PER_MINUTE * 2):
        told = deliver(({}, b"x"), address=f"2001:db8:1:2::{number:x}")
        assert told.status == 400
    assert deliver(provider.notice(paid), address="2001:db8:1:2::1").status == 200
    work()
    assert Payment.objects.get().invoice.status == "paid"


def test_one_network_fills_not_all_that_staff_see_of_refused_messages(
    provider: FakeProvider, paid: str
) -> None:
    for _ in range(REFUSED_PER_HOUR):
        assert deliver(({}, b"x"), address="2001:db8:1:2::1").status == 400
    assert RefusedMessage.objects.count() == REFUSED_OF_A_NETWORK_PER_HOUR
    assert deliver(provider.notice(paid, secret="rotated")).status == 400
    assert RefusedMessage.objects.count() == REFUSED_OF_A_NETWORK_PER_HOUR + 1


def counted(name: str) -> int:
    return this_process.event_count(name)


def test_received_and_repeated_messages_are_counted(provider: FakeProvider, paid: str) -> None:
    before = [counted(f"webhook.{name}") for name in ("received", "repeated")]
    for _ in range(3):
        deliver(provider.notice(paid))
    now = [counted(f"webhook.{name}") for name in ("received", "repeated")]
    assert [after - was for was, after in zip(before, now, strict=True)] == [1, 2]


class BrokenGateway(FakeGateway):
    def verify(self, headers: object, body: bytes) -> object:  # type: ignore[override]
        raise KeyError(PLANTED)


@pytest.mark.usefixtures("provider")
def test_a_defect_is_a_500_that_says_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The gateway sends the message again, and finds the defect mended."""
    monkeypatch.setitem(registry.GATEWAY_CLASSES, "fake", BrokenGateway)
    told = deliver(({}, b"{}"))
    assert (told.status, told.text) == (500, "Server error.\n")
    assert "could not be received" in caplog.text


@pytest.mark.usefixtures("provider")
def test_without_a_database_the_gateway_is_asked_to_come_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(
        connection.settings_dict, "NAME", "/nowhere/none" if connection.vendor == "sqlite" else "no"
    )
    told = in_new_thread(lambda: deliver(({}, b"{}")))
    assert (told.status, told.headers["retry-after"]) == (503, "10")
