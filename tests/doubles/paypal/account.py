"""What PayPal keeps of a shop: orders, captures, refunds, saved accounts, disputes; as its documentation says."""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from commerce.kit import clock

type PayPalObject = dict[str, Any]
WHOLE = ("HUF", "JPY", "TWD")
SITE = "https://www.sandbox.paypal.com"
KEPT = "id status intent create_time update_time payment_source purchase_units links".split()


class PayPalError(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, issue: str, description: str = "") -> None:
        super().__init__(issue)
        names = {403: "NOT_AUTHORIZED", 404: "RESOURCE_NOT_FOUND", 422: "UNPROCESSABLE_ENTITY"}
        self.status = status
        self.body = {
            "name": names.get(status, "INVALID_REQUEST"),
            "message": "The request could not be performed.",
            "debug_id": "90957fca61718",
            "details": [{"issue": issue, "description": description or f"It says {issue}."}],
        }


@dataclass
class PayPalAccount:
    """The shop's account; ``may_vault`` once PayPal lets it save its payers' accounts."""

    orders: dict[str, PayPalObject] = field(default_factory=dict)
    captures: dict[str, PayPalObject] = field(default_factory=dict)
    refunds: dict[str, PayPalObject] = field(default_factory=dict)
    setups: dict[str, PayPalObject] = field(default_factory=dict)
    tokens: dict[str, PayPalObject] = field(default_factory=dict)
    disputes: dict[str, PayPalObject] = field(default_factory=dict)
    declines: dict[str, str] = field(default_factory=dict)
    """The issue with which orders (by id) and saved accounts (by token) are declined."""
    transactions_of_others: list[PayPalObject] = field(default_factory=list)
    may_search: bool = True
    capture_status: str = "COMPLETED"
    may_vault: bool = True
    leaves_charges: str = ""
    """The status in which it leaves the order of a saved account for us to capture; empty: it captures by itself."""
    vaults_later: bool = False
    origin: str = ""
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def name(self, kind: str) -> str:
        return f"{kind}{next(self.numbers):09d}"

    def found(self, kind: str, name: str) -> PayPalObject:
        rows: dict[str, PayPalObject] = getattr(self, kind)
        if name not in rows:
            raise PayPalError(404, "INVALID_RESOURCE_ID")
        return rows[name]

    # Orders

    def create_order(self, body: PayPalObject) -> PayPalObject:
        [unit] = body["purchase_units"]
        money = unit["amount"]
        check_money(money)
        numbers = {one["invoice_id"] for one in self.captures.values()}
        wallet = body["payment_source"]["paypal"]
        vault = (wallet.get("attributes") or {}).get("vault")
        if vault and not self.may_vault:
            raise PayPalError(422, "NOT_ENABLED_TO_VAULT_PAYMENT_SOURCE")
        if token := wallet.get("vault_id"):
            if unit["invoice_id"] in numbers:
                raise PayPalError(422, "DUPLICATE_INVOICE_ID")
            if token not in self.tokens:
                raise PayPalError(422, "TOKEN_ID_NOT_FOUND")
            if token in self.declines and not self.leaves_charges:
                raise PayPalError(422, self.declines[token])
        name = self.name("5O19")
        order = {
            "id": name,
            "status": "PAYER_ACTION_REQUIRED",
            "intent": body["intent"],
            "create_time": now(),
            "payment_source": {"paypal": {}},
            "purchase_units": [{"reference_id": "default", **unit}],
            "links": [
                link("self", f"{self.origin}/v2/checkout/orders/{name}"),
                link("payer-action", f"{SITE}/checkoutnow?token={name}"),
            ],
            "vault": vault,
        }
        self.orders[name] = order
        if token:
            order["status"] = self.leaves_charges or "APPROVED"
            order["payment_source"] = {
                "paypal": {
                    "email_address": self.tokens[token]["payment_source"]["paypal"][
                        "email_address"
                    ],
                    "attributes": {"vault": {"id": token, "status": "VAULTED"}},
                }
            }
            if not self.leaves_charges:
                self.capture(name)
            elif issue := self.declines.get(token):
                self.declines[name] = issue
        return shown(order)

    def approve(self, name: str, email: str = "alice@example.com") -> PayPalObject:
        """The payer agrees, on PayPal's page; again after a decline, with something else to pay with. Nothing in the
        order tells the one from the other: PayPal writes ``update_time`` when it is captured.
        """
        order = self.found("orders", name)
        assert order["status"] in ("CREATED", "PAYER_ACTION_REQUIRED", "APPROVED")
        wallet = {
            "email_address": email,
            "account_id": "QYR5Z8XDVJNXQ",
            "address": {"country_code": "GB"},
        }
        order |= {
            "status": "APPROVED",
            "payment_source": {"paypal": wallet},
        }
        return order

    def patch_order(self, name: str, changes: list[PayPalObject]) -> PayPalObject:
        order = self.found("orders", name)
        if order["status"] not in ("CREATED", "APPROVED"):
            raise PayPalError(422, "ORDER_ALREADY_COMPLETED")
        for change in changes:
            assert (change["op"], change["path"]) == ("replace", "/intent")
            order["intent"] = change["value"]
        return {}

    def capture(self, name: str) -> PayPalObject:
        order = self.found("orders", name)
        [unit] = order["purchase_units"]
        if order["status"] == "COMPLETED":
            raise PayPalError(422, "ORDER_ALREADY_CAPTURED")
        if order["status"] != (self.leaves_charges or "APPROVED"):
            raise PayPalError(422, "ORDER_NOT_APPROVED")
        if order["intent"] != "CAPTURE":
            raise PayPalError(422, "ACTION_DOES_NOT_MATCH_INTENT")
        if issue := self.declines.pop(name, ""):
            raise PayPalError(422, issue)
        taken = self.name("3C67")
        fee = {
            **unit["amount"],
            "value": "1" if unit["amount"]["currency_code"] in WHOLE else "0.54",
        }
        self.captures[taken] = {
            "id": taken,
            "status": self.capture_status,
            "amount": dict(unit["amount"]),
            "custom_id": unit["custom_id"],
            "invoice_id": unit["invoice_id"],
            "create_time": now(),
            "seller_receivable_breakdown": {"gross_amount": unit["amount"], "paypal_fee": fee},
            "supplementary_data": {"related_ids": {"order_id": name}},
            "links": [
                link("self", f"{self.origin}/v2/payments/captures/{taken}"),
                link("up", f"{self.origin}/v2/checkout/orders/{name}"),
            ],
        }
        order |= {"status": "COMPLETED", "update_time": now()}
        unit["payments"] = {"captures": [self.captures[taken]]}
        if order["vault"] and not self.vaults_later:
            wallet = order["payment_source"]["paypal"]
            wallet["attributes"] = {"vault": {"id": self.keep(wallet), "status": "VAULTED"}}
        return shown(order)

    # Refunds

    def refund(self, name: str, body: PayPalObject) -> PayPalObject:
        capture = self.found("captures", name)
        given = sum(
            Decimal(one["amount"]["value"])
            for one in self.refunds.values()
            if one["links"][1]["href"].endswith(f"/{name}")
        )
        left = Decimal(capture["amount"]["value"]) - given
        money = body.get("amount") or {**capture["amount"], "value": str(left)}
        check_money(money)
        if capture["status"] == "PENDING":
            raise PayPalError(422, "PENDING_CAPTURE")
        if not left:
            raise PayPalError(422, "CAPTURE_FULLY_REFUNDED")
        if Decimal(money["value"]) > left:
            raise PayPalError(422, "REFUND_AMOUNT_EXCEEDED", "More than is left.")
        made = self.name("1JU0")
        all_gone = Decimal(money["value"]) == left
        capture["status"] = "REFUNDED" if all_gone else "PARTIALLY_REFUNDED"
        self.refunds[made] = {
            "id": made,
            "status": "COMPLETED",
            "amount": money,
            **({"custom_id": body["custom_id"]} if "custom_id" in body else {}),
            "create_time": now(),
            "links": [
                link("self", f"{self.origin}/v2/payments/refunds/{made}"),
                link("up", f"{self.origin}/v2/payments/captures/{name}"),
            ],
        }
        return self.refunds[made]

    # Saved accounts

    def create_setup(self, body: PayPalObject) -> PayPalObject:
        if not self.may_vault:
            raise PayPalError(403, "PERMISSION_DENIED")
        name = self.name("4G4976650J")
        self.setups[name] = {
            "id": name,
            "status": "PAYER_ACTION_REQUIRED",
            "payment_source": body["payment_source"],
            "links": [link("approve", f"{SITE}/agreements/approve?approval_session_id={name}")],
        }
        return self.setups[name]

    def approve_setup(self, name: str, email: str = "alice@example.com") -> None:
        """Its owner agrees, on PayPal's page."""
        self.setups[name] |= {
            "status": "APPROVED",
            "payment_source": {"paypal": {"email_address": email}},
        }

    def create_token(self, body: PayPalObject) -> PayPalObject:
        source = body["payment_source"]["token"]
        assert source["type"] == "SETUP_TOKEN"
        setup = self.found("setups", source["id"])
        if setup["status"] != "APPROVED":
            raise PayPalError(422, "INVALID_TOKEN_STATUS")
        setup["status"] = "VAULTED"
        return self.tokens[self.keep(setup["payment_source"]["paypal"])]

    def keep(self, wallet: Mapping[str, Any]) -> str:
        name = self.name("8kk8451t")
        email = wallet["email_address"]
        self.tokens[name] = {"id": name, "payment_source": {"paypal": {"email_address": email}}}
        return name

    def delete_token(self, name: str) -> PayPalObject:
        self.found("tokens", name)
        del self.tokens[name]
        return {}

    # Disputes

    def dispute(self, name: str, stage: str = "CHARGEBACK") -> PayPalObject:
        """The payer asks PayPal for the money of a capture."""
        capture, made = self.captures[name], self.name("PP-D-")
        self.disputes[made] = {
            "dispute_id": made,
            "status": "WAITING_FOR_SELLER_RESPONSE",
            "reason": "MERCHANDISE_OR_SERVICE_NOT_RECEIVED",
            "dispute_amount": dict(capture["amount"]),
            "update_time": now(),
            "dispute_life_cycle_stage": stage,
            "disputed_transactions": [{"seller_transaction_id": name}],
            "seller_response_due_date": "2027-01-09T12:00:00.000Z",
        }
        return self.disputes[made]

    def resolve(self, name: str, outcome: str, refunded: str = "") -> PayPalObject:
        """It has ended; ``refunded`` is what the payer gets, where that is said."""
        row = self.disputes[name]
        given = {"amount_refunded": row["dispute_amount"] | {"value": refunded}} if refunded else {}
        row |= {
            "status": "RESOLVED",
            "update_time": now(),
            "dispute_outcome": {"outcome_code": outcome, **given},
        }
        return self.disputes[name]

    # Reporting

    def transactions(self, query: Mapping[str, str]) -> PayPalObject:
        """What was taken and sent back, some hours later; ``transactions_of_others`` are in the account as well."""
        listed = [
            transaction(one, "T0006", one["custom_id"], one["amount"])
            for one in self.captures.values()
            if one["status"] in ("COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED")
        ]
        for one in self.refunds.values():
            money = {**one["amount"], "value": f"-{one['amount']['value']}"}
            listed.append(transaction(one, "T1107", one.get("custom_id", ""), money))
        late = (clock.now() - timedelta(hours=3)).isoformat()
        since, until = query["start_date"], min(query["end_date"], late)
        found = [
            {"transaction_info": one}
            for one in [*listed, *self.transactions_of_others]
            if since <= one["transaction_initiation_date"] <= until
        ]
        size, page = int(query["page_size"]), int(query["page"])
        return {
            "transaction_details": found[size * (page - 1) : size * page],
            "page": page,
            "total_items": len(found),
            "total_pages": -(-len(found) // size),
        }

    def disputes_of(self, query: Mapping[str, str]) -> PayPalObject:
        wanted = query["disputed_transaction_id"]
        return {
            "items": [
                {"dispute_id": name, "status": one["status"]}
                for name, one in self.disputes.items()
                if one["disputed_transactions"][0]["seller_transaction_id"] == wanted
            ]
        }


def transaction(
    about: PayPalObject, code: str, custom: str, money: Mapping[str, str]
) -> PayPalObject:
    """A transaction as it is listed."""
    return {
        "transaction_id": about["id"],
        "transaction_event_code": code,
        "transaction_initiation_date": about["create_time"],
        "transaction_amount": dict(money),
        "transaction_status": "S",
        "custom_field": custom,
    }


type Answer = Callable[[PayPalAccount, str, Any], PayPalObject]

ROUTES: dict[str, tuple[int, Answer]] = {
    "POST /v2/checkout/orders": (201, lambda me, _, body: me.create_order(body)),
    "GET /v2/checkout/orders/{id}": (200, lambda me, name, _: shown(me.found("orders", name))),
    "PATCH /v2/checkout/orders/{id}": (204, lambda me, name, body: me.patch_order(name, body)),
    "POST /v2/checkout/orders/{id}/capture": (201, lambda me, name, _: me.capture(name)),
    "GET /v2/payments/captures/{id}": (200, lambda me, name, _: me.found("captures", name)),
    "POST /v2/payments/captures/{id}/refund": (201, lambda me, name, body: me.refund(name, body)),
    "GET /v2/payments/refunds/{id}": (200, lambda me, name, _: me.found("refunds", name)),
    "POST /v3/vault/setup-tokens": (201, lambda me, _, body: me.create_setup(body)),
    "GET /v3/vault/setup-tokens/{id}": (200, lambda me, name, _: me.found("setups", name)),
    "POST /v3/vault/payment-tokens": (201, lambda me, _, body: me.create_token(body)),
    "GET /v3/vault/payment-tokens/{id}": (200, lambda me, name, _: me.found("tokens", name)),
    "DELETE /v3/vault/payment-tokens/{id}": (204, lambda me, name, _: me.delete_token(name)),
    "GET /v1/reporting/transactions": (200, lambda me, _, query: me.transactions(query)),
    "GET /v1/customer/disputes": (200, lambda me, _, query: me.disputes_of(query)),
    "GET /v1/customer/disputes/{id}": (200, lambda me, name, _: me.found("disputes", name)),
}


def shown(order: PayPalObject) -> PayPalObject:
    return {name: order[name] for name in KEPT if name in order}


def check_money(money: Mapping[str, str]) -> None:
    """Text with just the decimals of its currency."""
    decimals = 0 if money["currency_code"] in WHOLE else 2
    if len(money["value"].partition(".")[2]) != decimals:
        raise PayPalError(422, "DECIMAL_PRECISION")


def link(rel: str, href: str) -> dict[str, str]:
    return {"rel": rel, "href": href, "method": "GET"}


def now() -> str:
    return datetime.fromtimestamp(int(clock.now().timestamp()), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
