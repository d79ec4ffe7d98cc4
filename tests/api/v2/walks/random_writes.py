"""A client in a world that is drawn at random, and random writes of a program there, of which many are refused."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from commerce.accounts.actions.api_writes.spending import set_spending_limit
from commerce.accounts.models import SCOPES
from commerce.api.v2.writing.domains import DOMAIN_WRITES
from commerce.billing.credit.actions import add_credit
from commerce.billing.models import Invoice, PlanChange
from commerce.catalog.models import Product
from commerce.dns.models import Zone
from commerce.domains.actions.tlds import set_tld, set_tld_price
from commerce.domains.models import Domain
from commerce.hosting.models import Service
from commerce.orders.models import Order
from commerce.payments.models import SavedCard
from commerce.webhook_endpoints.models import WebhookDelivery, WebhookEndpoint
from tests import make
from tests.doubles.gateway import FAKE_PROVIDER, fake_gateway_on
from tests.doubles.registrar import RemoteRegistry, remote_registrar
from tests.make.api import call_api
from tests.make.cards import CTX, keep
from tests.make.nameservers import give_nameservers
from tests.make.plan_changes import make_open_plan_change, plan
from tests.make.sandbox import sandbox_panels
from tests.make.webhook_endpoints import make_delivery, make_endpoint
from tests.make.zones import make_stored_zone, turn_zones_on
from tests.portal.services.panel_accounts import made_hosting


class Write(NamedTuple):
    """One that a program sends."""

    method: str
    path: str
    body: Any = None
    headers: dict[str, str] = {}


@contextmanager
def random_writes(seed: int, folder: Path) -> Iterator["RandomWrites"]:
    """A world of this seed, with a gateway, a registrar and a panel that answer."""
    with fake_gateway_on(), remote_registrar() as registry, sandbox_panels(folder):
        give_nameservers()
        registry.codes.update(dict.fromkeys((f"own{n}.com" for n in range(9)), "xX9-code"))
        tld = set_tld(tld="com", registrar="remote", ctx=CTX)
        prices = {"register": 1000, "renew": 1200, "transfer": 900, "restore": 5000}
        set_tld_price(tld=tld, currency_code="EUR", **prices, ctx=CTX)
        turn_zones_on()
        yield RandomWrites(random.Random(seed), registry)  # noqa: S311 - the same each time


class RandomWrites:
    """The program of a client, and what it may think of."""

    def __init__(self, draw: random.Random, registry: RemoteRegistry) -> None:
        self.draw, self.registry = draw, registry
        self.client = make.make_client(owner="alice@example.com")
        row, self.token = make.make_token(self.client, scopes=[*SCOPES])
        most = draw.choice([3000, 50_000])
        set_spending_limit(token=row, per_purchase=most, per_30_days=3 * most, ctx=CTX)
        made_hosting(self.client)  # first: its worker would bring the mails of all else
        self.plans = self._make_services()
        for status in draw.choices(["unpaid", "paid", "overdue", "cancelled"], [4, 1, 1, 1], k=4):
            make.make_invoice(self.client, status)
        for status in draw.choices(["pending", "active"], k=3):
            make.make_order(self.client, status)
        self._make_domains()
        make_stored_zone(self.client, "zone.example")
        for name in ("card-1", "card-2"):
            keep(self.client, name)
        if amount := draw.choice([0, 1500, 40_000]):
            add_credit(client=self.client, currency_code="EUR", amount=amount, ctx=CTX)
        endpoint = make_endpoint(self.client, token_id=row.pk)[0]
        make_delivery(endpoint, next_try_at=None)

    def _make_services(self) -> tuple[Product, Product]:
        group = make.make_group()
        plans = plan(group, 500), plan(group, 900, annually=9000)
        states = ["active", "active", "active", "pending", "suspended", "terminated"]
        for status in self.draw.choices(states, k=4):
            make.make_service(self.client, status, product=self.draw.choice(plans))
        make_open_plan_change(self.client)
        return plans

    def _make_domains(self) -> None:
        states = ["active", "active", "active", "expired", "redemption", "pending_transfer"]
        for number, status in enumerate(self.draw.choices(states, k=6)):
            made = make.make_domain(self.client, status, domain_name=f"own{number}.com")
            at = self.draw.choice(["remote", "manual"])
            is_locked = self.draw.random() < 0.3
            Domain.objects.filter(pk=made.pk).update(registrar=at, is_locked=is_locked)

    def calls(self) -> tuple[str, str]:
        """What gateway and registrar were asked until now."""
        return repr(FAKE_PROVIDER.calls), repr(self.registry)

    def write(self) -> Write:
        """The next one."""
        return self.draw.choice(_DRAWN)(self)

    def one(self, kind: type[Any]) -> Any:
        """Any row of a kind, most times one with which something can be done."""
        rows = kind.objects.order_by("pk")
        live = rows.filter(status__in=_LIVE[kind]) if kind in _LIVE else rows
        return self.draw.choice([*(live if live and self.draw.random() < 0.8 else rows)])

    def payment(self) -> Any:
        """What may pay."""
        card = {"payment_method_id": self.one(SavedCard).pk}
        return self.draw.choice(["credit", card])

    def total(self, amount: int) -> dict[str, Any]:
        """What it costs as the program thinks, which is wrong now and then."""
        amount += self.draw.random() < 0.1
        return {"expected_total": {"amount": amount, "currency_code": "EUR"}}

    def told_total(self, path: str, body: Any, name: str = "total") -> dict[str, Any]:
        """The body with the total of which a dry run without one tells."""
        tried = call_api(f"/api/v2{path}?dry_run=true", self.token, method="POST", body=body)
        if tried.status >= 300:
            return {**body, **self.total(1)}
        return {**body, **self.total(tried.json["data"][name])}

    def tag(self, path: str) -> dict[str, str]:
        """The version that was read, or an old one."""
        tag = call_api(f"/api/v2{path}", self.token).headers.get("etag", "")
        return {"If-Match": tag if self.draw.random() < 0.9 else '"1-0"'}


_LIVE = {
    Service: ["active"],
    Domain: ["active"],
    Invoice: ["unpaid", "overdue"],
    Order: ["pending"],
    PlanChange: ["awaiting_payment"],
}
"""The states in which most acts can be done."""


def _own_words(self: RandomWrites) -> Write:
    name, kind = self.draw.choice([("services", Service), ("domains", Domain), ("orders", Order)])
    body = {"reference": f"r{self.draw.randrange(9)}", "metadata": {"k": str(self.draw.random())}}
    return Write("PATCH", f"/{name}/{self.one(kind).pk}", body)


def _rename(self: RandomWrites) -> Write:
    names = ["Shop", "Blog", "", "x" * 101]
    return Write("PATCH", f"/services/{self.one(Service).pk}", {"name": self.draw.choice(names)})


def _auto_renew(self: RandomWrites) -> Write:
    is_on = self.draw.random() < 0.5
    return Write("PATCH", f"/domains/{self.one(Domain).pk}", {"auto_renew": is_on})


def _end(self: RandomWrites) -> Write:
    path = f"/services/{self.one(Service).pk}/cancellation"
    if self.draw.random() < 0.4:
        return Write("DELETE", path)
    return Write("POST", path, {"kind": self.draw.choice(["end_of_period", "immediate"])})


def _domain_act(self: RandomWrites) -> Write:
    verbs = {
        **dict.fromkeys(("lock", "unlock", "authorization-code"), None),
        "privacy": {"enabled": self.draw.random() < 0.5},
        "transfers": {"authorization_code": "xX9-code"},
    }
    verb = self.draw.choice([*verbs])
    return Write("POST", f"/domains/{self.one(Domain).pk}/{verb}", verbs[verb])


def _renew(self: RandomWrites) -> Write:
    verb = self.draw.choice(["renewals", "renewals", "restore"])
    path = f"/domains/{self.one(Domain).pk}/{verb}"
    body: dict[str, Any] = {"payment": self.draw.choice(["invoice", "credit"])}
    return Write("POST", path, self.told_total(path, body))


def _domain_put(self: RandomWrites) -> Write:
    at = f"/domains/{self.one(Domain).pk}"
    servers = [f"ns{self.draw.randrange(9)}.other.example", "ns9.other.example"]
    contacts = dict(DOMAIN_WRITES[1].example)
    verb, body = self.draw.choice(
        [("nameservers", {"nameservers": servers}), ("contacts", contacts)]
    )
    return Write("PUT", f"{at}/{verb}", body, self.tag(at))


def _order(self: RandomWrites) -> Write:
    name = f"{self.draw.choice(['new', 'own'])}{self.draw.randrange(99)}.com"
    items = [{"product_id": self.draw.choice(self.plans).pk, "billing_cycle": "monthly"}]
    if self.draw.random() < 0.5:
        items.append({"action": "register", "domain": name})
    paid = {"payment": self.draw.choice(["invoice", self.payment()])}
    asked = call_api("/api/v2/quotes", self.token, method="POST", body={"items": items})
    if asked.status >= 300 or self.draw.random() < 0.5:
        due = 1 if asked.status >= 300 else asked.json["data"]["due_today"]["amount"]
        return Write("POST", "/orders", {"items": items, **self.total(due), **paid})
    return Write("POST", "/orders", {"quote_id": asked.json["data"]["id"], **paid})


def _cancel_order(self: RandomWrites) -> Write:
    return Write("POST", f"/orders/{self.one(Order).pk}/cancel")


def _pay(self: RandomWrites) -> Write:
    invoice = self.one(Invoice)
    due = self.total(invoice.amount_due)
    if self.draw.random() < 0.7:
        return Write("POST", f"/invoices/{invoice.pk}/pay", {"payment": self.payment(), **due})
    return Write("POST", "/payments", {"invoice_ids": [invoice.pk], "payment": "credit", **due})


def _top_up(self: RandomWrites) -> Write:
    body = {"amount": self.draw.choice([1, 2500, 4000]), "currency_code": "EUR"}
    card = {"payment": {"payment_method_id": self.one(SavedCard).pk}}
    return Write("POST", "/top-ups", body | card)


def _payment_method(self: RandomWrites) -> Write:
    path = f"/payment-methods/{self.one(SavedCard).pk}"
    if self.draw.random() < 0.5:
        return Write("PATCH", path, {"is_default": True})
    return Write("POST", "/payment-methods", {"gateway": self.draw.choice(["fake", "none"])})


def _account(self: RandomWrites) -> Write:
    values = {
        "company": f"C{self.draw.random()}",
        "email": f"b{self.draw.randrange(9)}@example.com",
    }
    name = self.draw.choice([*values])
    return Write("PATCH", "/account", {name: values[name], "notifications": {"billing": False}})


def _plan_change(self: RandomWrites) -> Write:
    path = f"/services/{self.one(Service).pk}/plan-changes"
    body = {
        "product_id": self.draw.choice(self.plans).pk,
        "billing_cycle": self.draw.choice(["monthly", "annually"]),
        "payment": self.draw.choice(["request", "credit"]),
    }
    return Write("POST", path, self.told_total(path, body, "difference"))


def _of_plan_change(self: RandomWrites) -> Write:
    change = self.one(PlanChange)
    path = f"/plan-changes/{change.pk}"
    if self.draw.random() < 0.3:
        return Write("DELETE", path)
    return Write("POST", f"{path}/pay", {"payment": self.payment(), **self.total(change.total)})


def _records(self: RandomWrites) -> Write:
    at = f"/zones/{self.one(Zone).pk}"
    host = f"host{self.draw.randrange(20)}"
    edit = {"op": self.draw.choice(["add", "replace", "remove"]), "name": host, "type": "A"}
    edits = {"edits": [edit if edit["op"] == "remove" else edit | {"values": ["192.0.2.10"]}]}
    record = {"name": host, "type": "A", "ttl": 300, "value": "192.0.2.11"}
    if self.draw.random() < 0.6:
        return Write("PATCH", f"{at}/records", edits)
    return Write("PUT", f"{at}/records", {"records": [record]}, self.tag(at))


def _zone(self: RandomWrites) -> Write:
    path = f"/zones/{self.one(Zone).pk}"
    made = {"name": self.draw.choice(["own0.com", "own1.com", "zone.example"])}
    text = {"zone_file": "www 300 IN A 192.0.2.10\n"}
    return self.draw.choice(
        [
            Write("POST", "/zones", made),
            Write("POST", f"{path}/restore", {"number": self.draw.choice([1, 2])}),
            Write("POST", f"{path}/reset"),
            Write("POST", f"{path}/import", text),
            Write("POST", f"{path}/{self.draw.choice(['sign', 'unsign'])}"),
            Write("DELETE", path),
        ]
    )


def _webhook(self: RandomWrites) -> Write:
    path = f"/webhook-endpoints/{self.one(WebhookEndpoint).pk}"
    address = f"https://shop.example/{self.draw.randrange(99)}"
    again = f"/webhook-deliveries/{self.one(WebhookDelivery).pk}/repeat"
    return self.draw.choice(
        [
            Write("POST", "/webhook-endpoints", {"address": address, "types": ["invoice.paid"]}),
            Write("PATCH", path, {"description": address}),
            Write("POST", f"{path}/{self.draw.choice(['test', 'pause', 'resume', 'rotate'])}"),
            Write("POST", again),
        ]
    )


def _access(self: RandomWrites) -> Write:
    verb = self.draw.choice(["panel-session", "password", "show-password"])
    return Write("POST", f"/services/{self.one(Service).pk}/{verb}")


_DRAWN: list[Callable[[RandomWrites], Write]] = [
    *(_own_words, _rename, _auto_renew, _end, _domain_act, _domain_act, _renew, _domain_put),
    *(_order, _order, _cancel_order, _pay, _pay, _top_up, _payment_method, _account),
    *(_plan_change, _of_plan_change, _records, _zone, _webhook, _access),
]
