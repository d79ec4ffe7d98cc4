"""Rows by kept statements are those that Django writes."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import IntegrityError, connection, models, transaction
from django.test.utils import CaptureQueriesContext

from commerce.accounts.models import (
    ApiToken,
    ApiTokenWrite,
    BulkItem,
    Client,
    IdempotentReply,
    Membership,
    User,
)
from commerce.audit.models import AuditEntry
from commerce.billing.credit.actions import add_credit
from commerce.billing.invoices.rules import DraftLine, LineTax
from commerce.billing.models import (
    BilledPeriod,
    CreditEntry,
    Invoice,
    InvoiceLine,
    InvoiceSubject,
    LineShare,
    SettlementEntry,
    TaxGroup,
)
from commerce.catalog.models import Product, ProductGroup
from commerce.db import fast_paths
from commerce.db.fast_paths import insert_rows, refresh_row, update_if, update_rows
from commerce.db.locks import lock
from commerce.hosting.models import Service
from commerce.jobs.models import Job
from commerce.kit.context import SYSTEM, Context
from commerce.mail.models import OutgoingMail
from commerce.orders.models import Order, OrderItem, OrderUnit
from commerce.runs.models import DailyRun, DailyRunStep
from tests.house.source import PACKAGE
from tests.make import make_token
from tests.make.bulk_actions import make_bulk_action
from tests.make.people import AT, make_client, make_user
from tests.make.records import make_draft, make_order, make_service

pytestmark = pytest.mark.django_db
WRITTEN = [
    *(
        AuditEntry,
        Invoice,
        InvoiceLine,
        TaxGroup,
        BilledPeriod,
        InvoiceSubject,
        LineShare,
        Job,
        DailyRunStep,
    ),
    *(OutgoingMail, Client, Membership, User, EmailAddress, ProductGroup, Product, Service),
    BulkItem,
    *(Order, OrderItem, OrderUnit, CreditEntry, SettlementEntry, IdempotentReply, ApiTokenWrite),
]


def entry(**over: Any) -> AuditEntry:
    values: dict[str, Any] = {"at": AT, "before": {}, "after": {"ä": [1, None]}}
    values |= {
        "actor_kind": "system",
        "action": "thing.done",
        "record_kind": "thing",
        "record_id": 1,
    }
    return AuditEntry(**values | over)


def job(cause: str) -> Job:
    named: dict[str, Any] = {
        "subject_kind": "thing",
        "subject_id": 1,
        "action": "thing.do",
        "idempotency_key": cause,
    }
    return Job(**named, args={"a": 1}, created_at=AT)


def outgoing_mail() -> OutgoingMail:
    named: dict[str, Any] = {"event": "invoice_paid", "idempotency_key": "1", "client_id": 1}
    read = {"recipient": "jane@example.com", "recipient_name": "Jäne", "time_zone": "Europe/Berlin"}
    about: dict[str, Any] = {"about_kind": "invoice", "about_id": 1, "values": {"ä": [1, None]}}
    return OutgoingMail(**named, **read, **about, attachments=[{"id": 1}], created_at=AT)


def with_own_values(service: Service) -> list[models.Model]:
    """A service, and what it stands on, each with the values of that one but for those that are its own."""
    membership = Membership.objects.get(client=service.client)
    address = EmailAddress.objects.get(user=membership.user)
    run = DailyRun.objects.create(date=date(2026, 4, 1), started_at=AT)
    mine: list[tuple[models.Model, dict[str, Any]]] = [
        (service, {"provisioning_key": "mine"}),
        (service.client, {}),
        (membership, {"user": make_user()}),
        (membership.user, {"email": "mine@example.com"}),
        (address, {"email": "mine@example.com", "primary": False}),
        (service.product, {"slug": "mine"}),
        (service.product.group, {"slug": "mine"}),
        (DailyRunStep(run=run, name="renew", started_at=AT), {}),
        (make_bulk_action().items.get(), {"record_id": 9}),
    ]
    return [copy_of(row, **own) for row, own in mine]


def of_a_paid_order() -> list[models.Model]:
    """An order with its unit, what credit paid of it, and what a program left that asked for it."""
    order = make_order(make_client(owner=make_user()))
    item, invoice = order.items.get(), order.invoice
    unit = item.units.get()
    entry = add_credit(
        client=order.client, currency_code="EUR", amount=500, ctx=Context(AT, SYSTEM)
    )
    write: dict[str, Any] = {"method": "POST", "path": "/api/v2/orders", "record_kind": "order"}
    token = make_token()[0]
    return [
        copy_of(order, idempotency_key="mine", invoice=None),
        copy_of(item, position=9),
        copy_of(unit, number=9, service=make_service(order.client)),
        copy_of(entry, source="mine", balance=entry.balance + entry.amount),
        SettlementEntry(invoice=invoice, kind="payment", source="mine", amount=1, at=AT),
        IdempotentReply(
            client_id=1,
            key_hash="k",
            body_hash="b",
            status=201,
            headers=[["a", "b"]],
            body=b"{}",
            created_at=AT,
        ),
        ApiTokenWrite(
            token=token, at=AT, status=201, record_id=1, amount=1, currency_code="EUR", **write
        ),
    ]


def copy_of(row: models.Model, **own: Any) -> Any:
    values = {one.attname: getattr(row, one.attname) for one in row._meta.concrete_fields}
    copy = type(row)(**values)
    for name, value in own.items():
        setattr(copy, name, value)
    return copy


def example(model: type[models.Model]) -> models.Model:
    """A row as it is before it is written: one of its kind, with as much in its fields as such a row has."""
    if model is AuditEntry:
        return entry(
            address="2001:db8::1", request_id="r", reason="so", record_name='%s "', after={}
        )
    if model is Job:
        return job("first")
    if model is OutgoingMail:
        return outgoing_mail()
    if model in WRITTEN[-7:]:
        return next(own for own in of_a_paid_order() if type(own) is model)
    service = make_service(make_client(owner=make_user()))
    for own in with_own_values(service):
        if type(own) is model:
            return own
    tax = LineTax("S", 19000, "VAT")
    line = DraftLine("Hosting", 2000, tax, kind="renewal", subject=("service", service.pk))
    period = {("service", service.pk): (date(2026, 4, 1), date(2026, 5, 1))}
    draft = make_draft(
        service.client,
        [line],
        periods=period,
        notes="ä",
        due_date=date(2026, 5, 1),
        tax_evidence={"a": 1},
    )
    if model is LineShare:
        row: models.Model = LineShare.objects.get(line__invoice=draft)
    else:
        row = draft if model is Invoice else model._default_manager.get(invoice=draft)
    copy = copy_of(row)
    if isinstance(copy, BilledPeriod):
        copy.service = make_service(service.client)  # one open period for each
    elif model is not Invoice:
        row.delete()
    return copy


def stored(model: type[models.Model], key: object) -> list[object]:
    """The row as the database has it, without its key."""
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT * FROM "{model._meta.db_table}" WHERE id = %s', [key])
        names = [column[0] for column in cursor.description]
        return [
            (name, type(value), value)
            for name, value in zip(names, cursor.fetchone(), strict=True)
            if name != "id"
        ]


@pytest.mark.parametrize("model", WRITTEN)
def test_a_row_is_stored_as_django_stores_it(model: type[models.Model]) -> None:
    row = example(model)
    found = []
    for write in (model._default_manager.bulk_create, lambda rows: insert_rows(*rows)):
        row.pk, row._state.adding = None, True
        with transaction.atomic():
            write([row])
            found.append(stored(model, row.pk))
            transaction.set_rollback(True)
    assert found[0] == found[1]


def test_each_model_that_is_written_so_is_held_against_django() -> None:
    """What the code inserts stands in the list above."""
    calls = [
        found
        for path in Path(PACKAGE).rglob("*.py")
        for found in re.findall(r"\binsert_rows\((?!\*rows: Model)([^)]{0,60})", path.read_text())
    ]
    assert len(calls) == len(WRITTEN)


def test_fields_are_changed_as_django_changes_them() -> None:
    tokens = [make_token(name=f"{number}")[0] for number in range(3)]
    for token in tokens[:2]:
        token.name, token.last_used_at, token.last_used_from = "new", AT, "2001:db8::1"
    tokens[1].last_used_from = None
    found = []
    for write in (ApiToken.objects.bulk_update, lambda rows, names: update_rows(rows, *names)):
        with transaction.atomic():
            write(tokens[:2], ["last_used_at", "last_used_from"])
            found.append([stored(ApiToken, token.pk) for token in tokens])
            transaction.set_rollback(True)
    assert found[0] == found[1]
    assert [value for row in found[1] for name, _, value in row if name == "name"] == [*"012"]
    update_rows([], "name")


def test_a_row_is_changed_where_it_still_is_what_it_was_as_django_changes_it() -> None:
    """An object for a foreign key, its key, JSON, an instant, and nothing."""
    token, other = make_token()[0], make_token()[0]
    changes = {"client": other.client, "last_used_at": AT, "last_used_from": None}
    changes |= {"scopes": ["ä"], "maker_id": other.maker_id}
    found = []
    for write in (
        lambda: bool(ApiToken.objects.filter(pk=token.pk, name=token.name).update(**changes)),
        lambda: update_if(token, changes, stored={"name": token.name}),
    ):
        with transaction.atomic():
            assert write()
            found.append((stored(ApiToken, token.pk), stored(ApiToken, other.pk)))
            transaction.set_rollback(True)
    assert found[0] == found[1]
    before = stored(ApiToken, token.pk)
    assert not update_if(token, {"name": "new"}, stored={"name": "another"})
    assert stored(ApiToken, token.pk) == before != found[0][0]


def test_a_row_is_read_again_with_what_it_is_tied_to() -> None:
    row = make_draft(make_client(), [DraftLine("Hosting", 2000, LineTax("S", 19000, "VAT"))])
    client, lines = row.client, list(Invoice.objects.prefetch_related("lines").get().lines.all())
    Invoice.objects.filter(pk=row.pk).update(client=make_client(), notes="new")
    refresh_row(row)
    assert (row.notes, row.client != client, lines) == ("new", True, list(row.lines.all()))
    with pytest.raises(Invoice.DoesNotExist):
        lock(Invoice(pk=0))


@pytest.mark.django_db(transaction=True)
def test_a_lock_that_would_be_none_is_refused() -> None:
    with pytest.raises(transaction.TransactionManagementError):
        lock(make_client())


def test_keys_come_in_the_order_of_the_rows() -> None:
    rows = [entry(record_id=n) for n in range(50)]
    insert_rows(*rows)
    assert [row.pk for row in rows] == sorted(row.pk for row in rows)
    stored = dict(AuditEntry.objects.values_list("pk", "record_id"))
    assert [stored[row.pk] for row in rows] == list(range(50))
    assert not rows[0]._state.adding


def test_more_rows_than_a_statement_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast_paths, "_MOST_VALUES", 40)  # two entries
    rows = [entry(record_id=n) for n in range(5)]
    with CaptureQueriesContext(connection) as caught:
        insert_rows(*rows)
    assert len([one for one in caught if one["sql"].startswith("INSERT")]) == 3
    assert list(AuditEntry.objects.order_by("pk").values_list("record_id", flat=True)) == [
        0,
        1,
        2,
        3,
        4,
    ]


def test_ten_thousand_lines_of_an_invoice() -> None:
    """More values than either database takes in one statement."""
    draft = make_draft()
    line = draft.lines.values().get()
    insert_rows(*(InvoiceLine(**line | {"id": None, "position": n}) for n in range(2, 10_002)))
    assert draft.lines.count() == 10_001


def test_what_is_there_is_left_out() -> None:
    insert_rows(job("first"))
    insert_rows(job("first"), job("second"), ignore_conflicts=True)
    assert sorted(Job.objects.values_list("idempotency_key", flat=True)) == ["first", "second"]


def test_a_refused_row_takes_the_others_with_it() -> None:
    insert_rows(job("first"))
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows(job("second"), job("first"))
    assert Job.objects.count() == 1


def test_nothing_for_nothing() -> None:
    with CaptureQueriesContext(connection) as caught:
        insert_rows()
    assert list(caught) == []
