"""What writes the events of clients: triggers beside those that raise versions, so that no action, whoever runs it, can
change what programs read without telling them (client-api-v2.md 7, decision 158).

A resource that changed has one event for each transaction: a further change finds the event of the first, behind
``event_base`` of its client, and is added to it. A client whose revision nobody raised in this transaction has events
nevertheless: each change one of its own, by ``system``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from django.db.models import Model

from commerce.accounts.models import ApiOperation, Client
from commerce.accounts.models.operations import OPEN
from commerce.billing.models import CreditNote, Invoice, PlanChange
from commerce.db.transaction_stamps import TRANSACTION_STAMP
from commerce.db.triggers import Trigger, TriggerUpdate, columns_differ
from commerce.dns.models import Zone
from commerce.domains.models import Domain
from commerce.events.client_event_types import CLIENT_EVENT_KINDS, OPERATION, ClientEventVerb
from commerce.events.models import ClientEvent
from commerce.hosting.models import Service
from commerce.operation_ends import operation_end_triggers
from commerce.orders.models import Order
from commerce.payments.models import Payment, Refund, SavedCard

_EVENT, _CLIENT = ClientEvent._meta.db_table, Client._meta.db_table
_WORDS = "reference metadata"


@dataclass(frozen=True)
class EventSource:
    """The table whose rows are the resources of a kind: SQL over ``{row}``, which is OLD or NEW.

    ``fields`` says by which other names the API shows columns, none where a derived field alone follows from one;
    ``below`` names fields that are rows of other tables, which raise the version alone.
    """

    model: type[Model]
    id: str = "{row}.id"
    client: str = "{row}.client_id"
    status: str = "{row}.status"
    facts: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    below: str = ""
    hidden_status: str = ""
    """In which clients do not see it."""

    @property
    def table(self) -> str:
        return self.model._meta.db_table


_DUE = {"amount": "amount", "currency_code": "currency_code", "date": "next_due_date"}
_TOTAL = {"amount": "total", "currency_code": "currency_code"}
EVENT_SOURCES: Mapping[str, EventSource] = {
    "account": EventSource(
        Client,
        client="{row}.id",
        fields={"tax_id": "tax_number", "locale": "language", "autopay": "is_autopay_on"}
        | {"first_name": "name first_name", "last_name": "name last_name"},
    ),
    "service": EventSource(
        Service,
        facts=_DUE,
        fields={"label": "name", "terminated_at": "cancelled_at", "server_id": ""},
        below=_WORDS,
    ),
    "domain": EventSource(
        Domain,
        facts={"date": "expiry_date"},
        fields={f"ns{n}": f"ns{n} nameservers" for n in range(1, 5)}
        | {"recurring_amount": "renewal_price"},
        below=_WORDS,
    ),
    "order": EventSource(
        Order, facts=_TOTAL, fields={"invoice_id": ""}, below=f"{_WORDS} items units"
    ),
    "invoice": EventSource(
        Invoice,
        facts=_TOTAL | {"date": "due_date", "number": "number"},
        fields={"number": "invoice_number", "issued_at": "created_at"},
        below=f"{_WORDS} credit_notes",
        hidden_status="draft",
    ),
    "zone": EventSource(Zone, below="records serial versions"),
    "credit_note": EventSource(
        CreditNote,
        status="''",
        facts=_TOTAL | {"date": "issue_date", "number": "number"},
    ),
    "payment": EventSource(
        Payment,
        facts={"amount": "amount", "currency_code": "currency_code", "date": "received_on"},
        fields={"booked_at": "paid_at"},
    ),
    "payment_method": EventSource(
        SavedCard,
        status="CASE WHEN {row}.removed_at IS NOT NULL THEN 'removed'"
        " WHEN {row}.stopped_at IS NOT NULL THEN 'stopped' ELSE 'active' END",
        fields={"stopped_at": "status", "removed_at": "status"},
    ),
    "plan_change": EventSource(
        PlanChange,
        fields={"ended_at": "finished_at", "total": "difference"}
        | dict.fromkeys(("uses_credit", "paid_to_credit", "reference", "last_day"), ""),
    ),
    OPERATION: EventSource(
        ApiOperation,
        status="{row}.outcome",
        facts={"number": "key"},
        fields={"outcome": "status finished_at"},
        hidden_status=OPEN,
    ),
}
"""By kind."""

_REFUND = EventSource(
    Refund,
    id="{row}.payment_id",
    status=f"(SELECT p.status FROM {Payment._meta.db_table} p WHERE p.id = {{row}}.payment_id)",  # noqa: S608 - our names
)
"""Its payment shows a refund."""

UNVERSIONED = {
    "payment": "status amount booked_at received_on",
    "payment_method": "brand last4 label exp_month exp_year is_default stopped_at removed_at",
    OPERATION: "outcome",
    "plan_change": "status total uses_credit paid_to_credit reference last_day ended_at",
}
"""Columns that the API shows of what has no version, by kind."""


def event_triggers(versioned: Mapping[type[Model], tuple[str, ...]]) -> Iterator[Trigger]:
    """All that write events but what SQLite does where it raises a version (``record_versions.py``)."""
    for kind, source in EVENT_SOURCES.items():
        if kind != "account":
            version = "NEW.version" if source.model in versioned else "NULL"
            yield TriggerUpdate(
                source.table,
                "INSERT",
                _shown(source),
                _statements(kind, source, "''", version, made=True),
                "_event",
            )
        if columns := versioned.get(source.model):
            yield TriggerUpdate(
                source.table,
                "UPDATE",
                "NEW.version > OLD.version",
                version_event(kind, columns, "NEW.version"),
                "_event",
                is_for_sqlite=False,
            )
        elif kind in UNVERSIONED:
            columns = tuple(UNVERSIONED[kind].split())
            changed = _changed(source, columns)
            yield TriggerUpdate(
                source.table,
                "UPDATE",
                columns_differ(columns),
                _statements(kind, source, changed, "NULL"),
                "_event",
            )
    for event in ("INSERT", "UPDATE"):
        told = _statements("payment", _REFUND, "'refunds '", "NULL")
        yield TriggerUpdate(_REFUND.table, event, "1 = 1", told, "_event")
    yield from operation_end_triggers()


def version_event(kind: str, columns: tuple[str, ...], version: str) -> str:
    """The statements that tell of a row whose version rose: that the version is right SQLite has to be asked."""
    source = EVENT_SOURCES[kind]
    changed = _changed(source, columns)
    if source.below:
        below = f"CASE WHEN {columns_differ(columns)} THEN '' ELSE '{source.below} ' END"
        changed = f"{changed} || {below}"
    return _statements(
        kind, source, changed, version, when=f"{version} > OLD.version AND {_shown(source)}"
    )


def _shown(source: EventSource) -> str:
    status = source.status.format(row="NEW")
    return f"{status} <> '{source.hidden_status}'" if source.hidden_status else "1 = 1"


def _changed(source: EventSource, columns: tuple[str, ...]) -> str:
    """The names of the fields that an UPDATE changes, each with a blank behind it."""
    return " || ".join(
        f"CASE WHEN OLD.{one} IS DISTINCT FROM NEW.{one}"
        f" THEN '{source.fields.get(one, one)} ' ELSE '' END"
        for one in columns
    )


def _statements(
    kind: str,
    source: EventSource,
    changed: str,
    version: str,
    *,
    made: bool = False,
    when: str = "1 = 1",
) -> str:
    """Add to the resource's event of this transaction; without one, take the next number and write one."""
    client, status = source.client.format(row="NEW"), source.status.format(row="NEW")
    facts = {name: f"NEW.{column}" for name, column in source.facts.items()}
    date = facts.get("date", "NULL")
    before, date_before = _before(source, made=made)
    added = {
        "type": _type(kind, "status_before", status, "date_before", date),
        "changed": f"changed || {changed}",
        "version": version,
        "status": status,
        **facts,
    }
    row = {
        **_whose(kind, source),
        "type": _type(kind, before, status, date_before, date),
        "version": version,
        "changed": changed,
        "status_before": before,
        "status": status,
        "date_before": date_before,
        "currency_code": "''",
        "number": "''",
        **facts,
    }
    same = _same(kind, source)
    none = f"id = {client} AND {when} AND NOT EXISTS (SELECT 1 FROM {_EVENT} WHERE {same})"  # noqa: S608 - our names
    sets = ", ".join(f"{name} = {value}" for name, value in added.items())
    return ";\n    ".join(
        [
            f"UPDATE {_EVENT} SET {sets} WHERE {when} AND {same}",  # noqa: S608 - our names
            f"UPDATE {_CLIENT} SET event_sequence = event_sequence + 1 WHERE {none}",  # noqa: S608 - our names
            f"INSERT INTO {_EVENT} ({', '.join(row)}) SELECT {', '.join(row.values())}"  # noqa: S608 - our names
            f" FROM {_CLIENT} c WHERE {none}",
        ]
    )


_IS_TOLD = f"c.event_stamp = {TRANSACTION_STAMP}"
"""Whether the revision of the client ``c`` was raised in this transaction, so that it says who acts."""


def _same(kind: str, source: EventSource) -> str:
    """The resource's event of this transaction, if it has one."""
    client = source.client.format(row="NEW")
    base = f"SELECT c.event_base FROM {_CLIENT} c WHERE c.id = {client} AND {_IS_TOLD}"  # noqa: S608 - our names
    which = f"resource_kind = '{kind}' AND resource_id = {source.id.format(row='NEW')}"
    return f"client_id = {client} AND sequence > ({base}) AND {which}"


def _whose(kind: str, source: EventSource) -> dict[str, str]:
    """The columns of a new event that say where it stands, who acted, and of what it is."""
    return {
        "client_id": "c.id",
        "sequence": "c.event_sequence",
        "at": f"CASE WHEN {_IS_TOLD} THEN c.event_at ELSE CURRENT_TIMESTAMP END",
        "actor_kind": f"CASE WHEN {_IS_TOLD} THEN c.event_actor ELSE 'system' END",
        "resource_kind": f"'{kind}'",
        "resource_id": source.id.format(row="NEW"),
    }


def _before(source: EventSource, *, made: bool) -> tuple[str, str]:
    """The status and the date of before a change; null for what clients did not see yet."""
    if made:
        return "NULL", "NULL"
    status = source.status.format(row="NEW" if source is _REFUND else "OLD")
    if source.hidden_status:
        status = f"NULLIF({status}, '{source.hidden_status}')"
    return status, f"OLD.{source.facts['date']}" if "date" in source.facts else "NULL"


def _type(kind: str, before: str, status: str, date_before: str, date: str) -> str:
    """The first type of the kind that fits."""
    told = CLIENT_EVENT_KINDS[kind]
    *special, rest = told.verbs
    cases = "".join(
        f" WHEN {_fits(one, before, status, date_before, date)} THEN '{told.type_of(one)}'"
        for one in special
    )
    return f"CASE{cases} ELSE '{told.type_of(rest)}' END" if cases else f"'{told.type_of(rest)}'"


def _fits(verb: ClientEventVerb, before: str, status: str, date_before: str, date: str) -> str:
    if verb.made:
        return f"{before} IS NULL"
    if verb.is_later:
        return f"{date} > {date_before}"
    came = f"{status} IN ({_list(verb.to)}) AND {before} IS DISTINCT FROM {status}"
    return f"{came} AND {before} IN ({_list(verb.since)})" if verb.since else came


def _list(names: tuple[str, ...]) -> str:
    return ", ".join(f"'{one}'" for one in names)
