"""M10, M11, M13: what the database refuses of credit, credit notes, claims and documents, whoever asks."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, models, transaction

from commerce.billing.credit.actions import add_credit
from commerce.billing.invoices.actions.corrections import credit_invoice
from commerce.billing.models import (
    BilledPeriod,
    CreditAccount,
    CreditEntry,
    CreditNote,
    CreditNoteLine,
    CreditNoteTaxGroup,
    Document,
)
from commerce.kit.context import SYSTEM, Context
from tests import make
from tests.make.renewals import make_renewal

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)


def refused(act: Callable[[], object]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        act()


def a_note() -> CreditNote:
    return credit_invoice(invoice=make.make_invoice(), amount=600, reason="agreed", ctx=CTX)


def a_document() -> Document:
    return Document.objects.create(
        invoice=make.make_invoice(),
        form="pdf",
        content=b"%PDF",
        sha256="0" * 64,
        snapshot_sha256="0" * 64,
        made_at=make.AT,
    )


def some_credit() -> CreditEntry:
    return add_credit(client=make.make_client(), currency_code="EUR", amount=500, ctx=CTX)


@pytest.mark.parametrize(
    ("prepare", "model", "change"),
    [
        (a_note, CreditNote, {"reason": "another"}),
        (a_note, CreditNoteLine, {"description": "another"}),
        (a_note, CreditNoteTaxGroup, {"name": "another"}),
        (a_document, Document, {"sha256": "1" * 64}),
        (some_credit, CreditEntry, {"note": "another"}),
        (some_credit, CreditAccount, {"balance": 501}),
        (some_credit, CreditAccount, {"currency_id": "USD"}),
        (make_renewal, BilledPeriod, {"net": 1}),
    ],
)
def test_nothing_changes_and_nothing_goes(
    prepare: Callable[[], object], model: type[models.Model], change: dict[str, Any]
) -> None:
    prepare()
    rows = model._default_manager.all()
    assert rows.count() == 1
    refused(lambda: rows.update(**change))
    refused(lambda: rows._raw_delete(rows.db))


def again(row: Any, **over: Any) -> None:
    """Insert a row like this one."""
    row.pk = None
    for name, value in over.items():
        setattr(row, name, value)
    row.save(force_insert=True)


def test_a_note_gets_no_further_lines() -> None:
    a_note()
    refused(lambda: again(CreditNoteLine.objects.get(), position=9))
    refused(lambda: again(CreditNoteTaxGroup.objects.get(), category="Z", rate_milli=0))


def test_notes_take_back_no_more_than_the_invoice_claims() -> None:
    note = a_note()
    again(CreditNote.objects.get(), number="CN-8")
    refused(lambda: again(CreditNote.objects.latest("pk"), number="CN-9"))
    draft = make.make_draft()
    refused(lambda: again(note, number="CN-10", invoice=draft))


def test_the_balance_is_the_sum_of_the_entries() -> None:
    entry = some_credit()
    refused(lambda: again(entry, source="staff:other", balance=999))
    account = CreditAccount.objects.get()
    refused(lambda: again(account, currency_id="USD", balance=5))


def test_a_claim_ends_once() -> None:
    make_renewal()
    BilledPeriod.objects.update(status="released", ended_at=make.AT)
    refused(lambda: BilledPeriod.objects.update(status="open"))
    refused(lambda: BilledPeriod.objects.update(status="paid"))
