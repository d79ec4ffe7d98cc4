"""The provider of ``docs/adapters.md``, read from there: a small adapter that signs nothing is all that it takes."""

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.payments.gateways import contract, offline, registry
from commerce.payments.models import GatewayEvent, Payment, RefusedMessage
from commerce.payments.start_payment import start_payment
from commerce.site_settings import validators
from commerce.site_settings.actions import set_setting
from commerce.site_settings.definitions import SETTING_DEFINITIONS
from tests import make
from tests.house.source import ROOT
from tests.make.webhooks import WebhookAnswer, deliver, let_seconds_pass, work

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("proven")]
CTX = Context(make.AT, SYSTEM)
KEY = "key-of-example-pay"


class ExamplePay:
    """The provider: payments by their id, what it was asked, and whether it answers."""

    def __init__(self) -> None:
        self.payments: dict[str, dict[str, Any]] = {}
        self.asked: list[str] = []
        self.is_down = False

    def answer(self, method: str, path: str, key: str, sent: Any) -> tuple[int, Any]:
        self.asked.append(f"{method} {path}")
        if self.is_down:
            return 503, {"message": "Down for maintenance."}
        if key != f"Bearer {KEY}":
            return 401, {"message": "This key is not valid."}
        _, noun, *rest = path.split("/")
        if noun == "account":
            return 200, {}
        if method == "POST":
            made = {"id": f"ep_{sent['key']}", "state": "pending", "amount": sent["amount"]}
            made |= {"currency": sent["currency"], "page": "https://pay.example.net/1"}
            return 200, self.payments.setdefault(made["id"], made)
        return 200, self.payments[rest[0]]


@contextmanager
def served(provider: ExamplePay) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            key = self.headers["Authorization"]
            sent = json.loads(body) if body else None
            status, said = provider.answer(self.command, self.path, key, sent)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(said).encode())

        do_GET = do_POST = do_DELETE = _any  # noqa: N815 - names of http.server

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def adapter_of_the_guide() -> type[contract.Gateway]:
    """The class as the guide prints it."""
    page = (ROOT / "docs" / "adapters.md").read_text("utf-8")
    [code] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    names = {**vars(contract), **vars(offline), "hashlib": hashlib, "json": json, "httpx": httpx}
    names["parse_qs"] = parse_qs
    exec(code, names)  # noqa: S102 - our own guide
    made: type[contract.Gateway] = names["ExamplePayGateway"]
    return made


@pytest.fixture
def example_pay(monkeypatch: pytest.MonkeyPatch) -> Iterator[ExamplePay]:
    """Added to the product as the guide says, and configured; not switched on yet."""
    adapter, provider = adapter_of_the_guide(), ExamplePay()
    monkeypatch.setitem(registry.GATEWAY_CLASSES, "example_pay", adapter)
    with served(provider) as address:
        monkeypatch.setattr(adapter, "api_address", address)
        registry.register_gateway_settings(adapter)
        set_setting(key="gateway.example_pay.api_key", value=KEY, ctx=CTX)
        yield provider
    for name in ("enabled", "api_key"):
        del SETTING_DEFINITIONS[f"gateway.example_pay.{name}"]
    for checks in (validators._CONDITIONS, validators._PRELIMINARY):
        del checks["gateway.example_pay.enabled"]


@pytest.fixture
def reference(example_pay: ExamplePay) -> str:
    """A client was sent to the provider's page."""
    set_setting(key="gateway.example_pay.enabled", value="on", ctx=CTX)
    attempt, session = start_payment(
        invoice=make.make_invoice(),
        gateway="example_pay",
        created_by=None,
        return_url="https://shop.example/{}".format,
        ctx=CTX,
    )
    assert session.redirect_url == "https://pay.example.net/1"
    assert attempt.reference
    return attempt.reference


def notify(reference: str) -> WebhookAnswer:
    """A notice comes, some seconds after the one before."""
    let_seconds_pass("example_pay", reference)
    return deliver(({}, f"id={reference}".encode()), "example_pay")


def test_it_is_only_switched_on_with_a_key_that_works(example_pay: ExamplePay) -> None:
    set_setting(key="gateway.example_pay.api_key", value="wrong", ctx=CTX)
    for refusal in ("This key is not valid.", "Example Pay isn't responding."):
        with pytest.raises(BusinessError, match=refusal):
            set_setting(key="gateway.example_pay.enabled", value="on", ctx=CTX)
        example_pay.is_down = True


def test_a_client_pays_and_the_notice_books_it_once(
    example_pay: ExamplePay, reference: str
) -> None:
    """The same state is one event, whoever sends its notice how often; the next state is another."""
    for state, events in [("pending", 1), ("paid", 2)]:
        example_pay.payments[reference]["state"] = state
        for _ in range(3):
            assert notify(reference).status == 200
        work()
        assert GatewayEvent.objects.count() == events
    assert set(GatewayEvent.objects.values_list("status", flat=True)) == {"processed"}
    assert (Payment.objects.get().amount, Payment.objects.get().invoice.status) == (1200, "paid")


def test_a_notice_of_their_own_making_books_nothing(
    example_pay: ExamplePay, reference: str
) -> None:
    """X5: anybody can send one. The provider says what is so."""
    assert notify(reference).status == 200
    work()
    assert not Payment.objects.exists()


@pytest.mark.parametrize("claimed", ["ep_other", "", "%00", "../account"])
@pytest.mark.usefixtures("reference")
def test_the_provider_is_not_asked_about_what_is_not_ours(
    example_pay: ExamplePay, claimed: str
) -> None:
    example_pay.asked.clear()
    told = notify(claimed)
    assert (told.status, told.text) == (200, "Received: it is not about a payment of ours.\n")
    assert (example_pay.asked, GatewayEvent.objects.count()) == ([], 0)
    assert RefusedMessage.objects.get().reason == "This message isn't about a payment we started."


def test_while_the_provider_is_down_its_notice_comes_again(
    example_pay: ExamplePay, reference: str
) -> None:
    example_pay.payments[reference]["state"] = "paid"
    example_pay.is_down = True
    told = notify(reference)
    assert (told.status, told.headers["retry-after"]) == (503, "10")
    assert not GatewayEvent.objects.exists()
    example_pay.is_down = False
    assert notify(reference).status == 200
    work()
    assert Payment.objects.get().invoice.status == "paid"
