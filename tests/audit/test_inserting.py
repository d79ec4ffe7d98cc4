"""Rows by kept statements are those that Django writes."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, models, transaction
from django.test.utils import CaptureQueriesContext

from commerce.audit import inserting
from commerce.audit.inserting import insert
from commerce.audit.models import Entry
from commerce.billing.models import Billed, Claim, Invoice, InvoiceLine, TaxGroup
from commerce.billing.rules import Line, Tax
from commerce.jobs.models import Job
from tests.house.source import PACKAGE
from tests.make.people import AT, make_client
from tests.make.trade import make_draft, make_service

pytestmark = pytest.mark.django_db
WRITTEN = [Entry, Invoice, InvoiceLine, TaxGroup, Claim, Billed, Job]


def entry(**over: Any) -> Entry:
    values: dict[str, Any] = {"at": AT, "before": {}, "after": {"ä": [1, None]}}
    values |= {
        "actor_kind": "system",
        "action": "thing.done",
        "record_kind": "thing",
        "record_id": 1,
    }
    return Entry(**values | over)


def job(cause: str) -> Job:
    named: dict[str, Any] = {
        "subject_kind": "thing",
        "subject_id": 1,
        "action": "thing.do",
        "cause": cause,
    }
    return Job(**named, args={"a": 1}, made_at=AT, woken_at=AT)


def example(model: type[models.Model]) -> models.Model:
    """A row as it is before it is written: one of its kind, with as much in its fields as such a row has."""
    if model is Entry:
        return entry(
            address="2001:db8::1", request_id="r", reason="so", record_name='%s "', after={}
        )
    if model is Job:
        return job("first")
    service = make_service(make_client())
    tax = Tax("S", 19000, "VAT")
    line = Line("Hosting", 2000, tax, kind="renewal", claim=("service", service.pk))
    period = {("service", service.pk): (date(2026, 4, 1), date(2026, 5, 1))}
    draft = make_draft(
        service.client,
        [line],
        claims=period,
        notes="ä",
        due_date=date(2026, 5, 1),
        evidence={"a": 1},
    )
    row = draft if model is Invoice else model._default_manager.get(invoice=draft)
    copy = model(**{one.attname: getattr(row, one.attname) for one in model._meta.concrete_fields})
    if isinstance(copy, Claim):
        copy.service = make_service(service.client)  # one open claim for each
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
    for write in (model._default_manager.bulk_create, lambda rows: insert(*rows)):
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
        for found in re.findall(r"\binsert\((?!\*rows: Model)([^)]{0,60})", path.read_text())
        if "from commerce.audit.inserting" in path.read_text()
    ]
    assert len(calls) == len(WRITTEN)


def test_keys_come_in_the_order_of_the_rows() -> None:
    rows = [entry(record_id=n) for n in range(50)]
    insert(*rows)
    assert [row.pk for row in rows] == sorted(row.pk for row in rows)
    stored = dict(Entry.objects.values_list("pk", "record_id"))
    assert [stored[row.pk] for row in rows] == list(range(50))
    assert not rows[0]._state.adding


def test_more_rows_than_a_statement_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inserting, "_MOST_VALUES", 40)  # two entries
    rows = [entry(record_id=n) for n in range(5)]
    with CaptureQueriesContext(connection) as caught:
        insert(*rows)
    assert len([one for one in caught if one["sql"].startswith("INSERT")]) == 3
    assert list(Entry.objects.order_by("pk").values_list("record_id", flat=True)) == [0, 1, 2, 3, 4]


def test_ten_thousand_lines_of_an_invoice() -> None:
    """More values than either database takes in one statement."""
    draft = make_draft()
    line = draft.lines.values().get()
    insert(*(InvoiceLine(**line | {"id": None, "position": n}) for n in range(2, 10_002)))
    assert draft.lines.count() == 10_001


def test_what_is_there_is_left_out() -> None:
    insert(job("first"))
    insert(job("first"), job("second"), ignore_conflicts=True)
    assert sorted(Job.objects.values_list("cause", flat=True)) == ["first", "second"]


def test_a_refused_row_takes_the_others_with_it() -> None:
    insert(job("first"))
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(job("second"), job("first"))
    assert Job.objects.count() == 1


def test_nothing_for_nothing() -> None:
    with CaptureQueriesContext(connection) as caught:
        insert()
    assert list(caught) == []
