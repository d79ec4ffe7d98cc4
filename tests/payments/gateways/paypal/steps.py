"""What the tests of PayPal do: pay on its page, hear its messages, let the worker do what is due."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from commerce.kit import clock
from commerce.payments.models import Attempt
from tests import make
from tests.doubles.paypal import PayPalWorld
from tests.doubles.paypal.account import PayPalObject
from tests.make.cards import status
from tests.make.jobs import run_jobs_but_documents
from tests.make.webhooks import deliver
from tests.portal.conftest import PortalCast

CREATE = "POST /v2/checkout/orders"


class Payer:
    """Bob before an invoice, on our pages and PayPal's."""

    def __init__(self, cast: PortalCast, world: PayPalWorld) -> None:
        self.world, self.invoice = world, make.make_invoice(cast.client)
        self.web, self.path = cast.browse(cast.bob), f"/client/invoices/{self.invoice.pk}"

    def start(self, **form: str) -> str:
        """To PayPal, with the order's number."""
        answer = self.web.post(f"{self.path}/pay/paypal", form)
        leads_to = urlsplit(answer["Location"])
        assert (answer.status_code, leads_to.hostname) == (303, "www.sandbox.paypal.com")
        assert (
            "https://www.sandbox.paypal.com"
            in self.web.get(f"{self.path}/pay")["Content-Security-Policy"]
        )
        return leads_to.query.removeprefix("token=")

    def back(self, look: int = 0) -> str:
        """From PayPal, on the page that says what came of it."""
        attempt = Attempt.objects.latest("pk")
        page = self.web.get(f"{self.path}/return/{attempt.pk}?look={look}").content.decode()
        return str(page)

    @property
    def sent(self) -> list[Any]:
        """The orders that we asked for, in our words."""
        return [json.loads(call.body) for call in self.world.server.calls if call.name == CREATE]

    @property
    def state(self) -> tuple[str, str]:
        return Attempt.objects.latest("pk").status, status(self.invoice)


def run(minutes: int = 0) -> None:
    """The worker does what is due by then."""
    run_jobs_but_documents(at=make.AT + timedelta(minutes=minutes))


def hear(world: PayPalWorld, kind: str, about: PayPalObject) -> None:
    assert deliver(world.event(kind, about), "paypal").status == 200
    run_jobs_but_documents(at=clock.now())
