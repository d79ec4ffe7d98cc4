"""What programs of a client are told: each kind of resource, the types of its events, who sees them, and the few facts
that they carry (client-api-v2.md 7). Triggers, feed, webhooks and description read this one table.

An event has the first type of its kind that fits: where the status ended up says more than that something was made,
and this more than that something changed.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class ClientEventVerb(NamedTuple):
    """What happened: the status came to one of ``to``, from one of ``since`` if those are said. ``made``: the resource
    was not there before; ``is_later``: its date moved on. Without any of these it is whatever else changed.
    """

    verb: str
    about: str
    to: tuple[str, ...] = ()
    since: tuple[str, ...] = ()
    made: bool = False
    is_later: bool = False


@dataclass(frozen=True, slots=True)
class ClientEventKind:
    """A kind of resource: its ``path`` below ``/api/v2``, the scope that shows its events, the permission of staff to
    see them, and its types. Without a scope they are for whom the resource itself is for.

    ``facts`` says under which name each column of the event is told.
    """

    kind: str
    path: str
    scope: str
    permission: str
    verbs: tuple[ClientEventVerb, ...]
    facts: Mapping[str, str] = field(default_factory=dict)
    is_bindable: bool = False
    """Whether a token can be for some of these alone."""
    id_column: str = "resource_id"
    """Of events: what programs call one of these by."""
    is_on_client: bool = False
    """Whether staff read it with the client, and have no list of its own."""

    def type_of(self, verb: ClientEventVerb) -> str:
        """``invoice.paid``."""
        return f"{self.kind}.{verb.verb}"

    def address(self, key: int | str) -> str:
        """The path of one of them."""
        return f"/api/v2/{self.path}" if self.path == "account" else f"/api/v2/{self.path}/{key}"

    def staff_address(self, key: int | str, client_id: int) -> str:
        """The path of one of them in the staff API."""
        return (
            f"/api/staff/v1/{f'clients/{client_id}' if self.is_on_client else f'{self.path}/{key}'}"
        )


OPERATION = "operation"
"""The kind of acts that take time: a token is told of those that it began."""
_OTHERWISE = "Something else of it changed; `changed` names what."

CLIENT_EVENT_KINDS: Mapping[str, ClientEventKind] = {
    one.kind: one
    for one in (
        ClientEventKind(
            "account",
            "account",
            "profile:read",
            "clients.view",
            (
                ClientEventVerb("suspended", "The account was suspended.", ("suspended",)),
                ClientEventVerb("reopened", "The account may order again.", ("active",)),
                ClientEventVerb("closed", "The account was closed.", ("closed",)),
                ClientEventVerb("changed", _OTHERWISE),
            ),
            is_on_client=True,
        ),
        ClientEventKind(
            "service",
            "services",
            "services:read",
            "services.view",
            (
                ClientEventVerb("resumed", "It works again.", ("active",), ("suspended",)),
                ClientEventVerb("activated", "It was set up, and works.", ("active",)),
                ClientEventVerb("suspended", "It was switched off.", ("suspended",)),
                ClientEventVerb("cancelled", "It will not be renewed.", ("cancelled",)),
                ClientEventVerb("terminated", "It ended, and its data are gone.", ("terminated",)),
                ClientEventVerb("created", "It was ordered.", made=True),
                ClientEventVerb("renewed", "Its next due date moved on.", is_later=True),
                ClientEventVerb("changed", _OTHERWISE),
            ),
            {"amount": "amount", "currency_code": "currency_code", "date": "next_due_date"},
            is_bindable=True,
        ),
        ClientEventKind(
            "domain",
            "domains",
            "domains:read",
            "domains.view",
            (
                ClientEventVerb(
                    "transferred_in",
                    "Its transfer to here is done.",
                    ("active",),
                    ("pending_transfer",),
                ),
                ClientEventVerb(
                    "restored",
                    "It was brought back after it had expired.",
                    ("active",),
                    ("expired", "redemption"),
                ),
                ClientEventVerb("registered", "It is registered.", ("active",)),
                ClientEventVerb("expired", "It expired.", ("expired",)),
                ClientEventVerb(
                    "redemption_started", "It can be had back for a fee only.", ("redemption",)
                ),
                ClientEventVerb(
                    "transferred_away", "Another registrar has it.", ("transferred_away",)
                ),
                ClientEventVerb("cancelled", "It is given up.", ("cancelled",)),
                ClientEventVerb("held", "It is looked at by people.", ("fraud",)),
                ClientEventVerb("created", "It was ordered.", made=True),
                ClientEventVerb("renewed", "Its date of expiry moved on.", is_later=True),
                ClientEventVerb("changed", _OTHERWISE),
            ),
            {"date": "expiry_date"},
            is_bindable=True,
        ),
        ClientEventKind(
            "order",
            "orders",
            "orders:read",
            "orders.view",
            (
                ClientEventVerb("activated", "What was ordered is being delivered.", ("active",)),
                ClientEventVerb("cancelled", "It was cancelled.", ("cancelled",)),
                ClientEventVerb("held", "It is looked at by people.", ("fraud",)),
                ClientEventVerb("placed", "It was placed.", made=True),
                ClientEventVerb("changed", _OTHERWISE),
            ),
            {"amount": "total", "currency_code": "currency_code"},
        ),
        ClientEventKind(
            "invoice",
            "invoices",
            "invoices:read",
            "invoices.view",
            (
                ClientEventVerb("paid", "It is paid.", ("paid",)),
                ClientEventVerb("overdue", "It was not paid in time.", ("overdue",)),
                ClientEventVerb("cancelled", "It does not have to be paid.", ("cancelled",)),
                ClientEventVerb("refunded", "It was taken back after payment.", ("refunded",)),
                ClientEventVerb(
                    "reopened", "Its payment was taken back.", ("unpaid",), ("paid", "refunded")
                ),
                ClientEventVerb("issued", "It was issued.", made=True),
                ClientEventVerb("changed", _OTHERWISE),
            ),
            {
                "amount": "total",
                "currency_code": "currency_code",
                "date": "due_date",
                "number": "invoice_number",
            },
        ),
        ClientEventKind(
            "credit_note",
            "credit-notes",
            "invoices:read",
            "invoices.view",
            (ClientEventVerb("issued", "It was issued.", made=True),),
            {
                "amount": "total",
                "currency_code": "currency_code",
                "date": "issue_date",
                "number": "number",
            },
        ),
        ClientEventKind(
            "payment",
            "payments",
            "payments:read",
            "payments.view",
            (
                ClientEventVerb("completed", "The money is here.", ("completed",)),
                ClientEventVerb("failed", "It came to nothing.", ("failed",)),
                ClientEventVerb("refunded", "All of it was given back.", ("refunded",)),
                ClientEventVerb("disputed", "Its payer disputes it.", ("disputed",)),
                ClientEventVerb("reversed", "It was taken back.", ("reversed",)),
                ClientEventVerb("created", "It is on its way.", made=True),
                ClientEventVerb("changed", _OTHERWISE),
            ),
            {"amount": "amount", "currency_code": "currency_code", "date": "received_on"},
        ),
        ClientEventKind(
            "payment_method",
            "payment-methods",
            "payment-methods:read",
            "payments.view",
            (
                ClientEventVerb("removed", "It was removed.", ("removed",)),
                ClientEventVerb("stopped", "It is charged no more.", ("stopped",)),
                ClientEventVerb("added", "It was saved.", made=True),
                ClientEventVerb("changed", _OTHERWISE),
            ),
            is_on_client=True,
        ),
        ClientEventKind(
            "plan_change",
            "plan-changes",
            "services:read",
            "services.view",
            (
                ClientEventVerb("applied", "It was carried out.", ("applied",)),
                ClientEventVerb("rejected", "It was refused.", ("rejected",)),
                ClientEventVerb("withdrawn", "It was called off.", ("withdrawn",)),
                ClientEventVerb("lapsed", "It was not paid in time.", ("lapsed",)),
                ClientEventVerb("requested", "It was asked for.", made=True),
                ClientEventVerb("changed", _OTHERWISE),
            ),
        ),
        ClientEventKind(
            "zone",
            "zones",
            "dns:read",
            "domains.view",
            (
                ClientEventVerb("ended", "Its name servers answer no more.", ("ended",)),
                ClientEventVerb("created", "It was made.", made=True),
                ClientEventVerb("changed", _OTHERWISE),
            ),
            is_bindable=True,
        ),
        ClientEventKind(
            OPERATION,
            "operations",
            "",
            "clients.tokens",
            (
                ClientEventVerb(
                    "finished",
                    "It succeeded or failed, or of an order some of each (`partly`); `status` says which.",
                ),
            ),
            id_column="number",
            is_on_client=True,
        ),
    )
}
"""By kind."""


def client_event_types() -> Iterator[tuple[ClientEventKind, ClientEventVerb]]:
    """Each type there is, in the order of the table."""
    for kind in CLIENT_EVENT_KINDS.values():
        for verb in kind.verbs:
            yield kind, verb


CLIENT_EVENT_TYPES: Mapping[str, str] = {
    kind.type_of(verb): verb.about for kind, verb in client_event_types()
}
"""What each type means, in English."""


def kinds_seen(scopes: Collection[str], *, is_bound: bool) -> tuple[str, ...]:
    """The kinds whose events a token with these scopes sees; one that is for some records only sees some of less."""
    return tuple(
        one.kind
        for one in CLIENT_EVENT_KINDS.values()
        if one.scope in scopes and (one.is_bindable or not is_bound)
    )
