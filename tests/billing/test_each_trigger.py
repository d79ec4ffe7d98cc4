"""M5, M10, M11, M13: each guard of the database by its name: with it alone an act is refused, without it is not."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, models, transaction
from pytest_django import DjangoDbBlocker

from commerce.audit.models import AuditEntry
from commerce.billing.models import (
    BilledPeriod,
    BooksFile,
    BooksMonth,
    CreditAccount,
    CreditEntry,
    CreditNote,
    CreditNoteLine,
    CreditNoteTaxGroup,
    Document,
    Invoice,
    InvoiceLine,
    LineShare,
    SettlementEntry,
    TaxGroup,
)
from commerce.consumers.models import ConsumerStatement, StatementCreditNote
from commerce.db import triggers
from commerce.events.models import StoredEvent
from commerce.hosting.models import ProvisioningCall
from commerce.jobs.models import RemoteCall
from commerce.kit.context import SYSTEM, Context
from commerce.payments.models import Dispute, Payment, Refund
from commerce.support.models import ConsumerConsent, InstructionCopy, WithdrawalInstruction
from tests import make
from tests.billing.test_triggers import a_document, a_note, again, some_credit
from tests.make.payments import dispute_payment, make_requested_refund
from tests.make.renewals import make_renewal
from tests.make.statements import begin_at_once, state, switch_on_consumers


@pytest.fixture(scope="module")
def _books(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A row of each kind that is guarded, and a draft; each test takes back what it did."""
    with django_db_blocker.unblock(), transaction.atomic():
        a_note()
        a_document()
        some_credit()
        payment = make.make_payment(make.make_invoice())
        make_requested_refund(payment, 1)
        dispute_payment(payment=payment, reason="x", ctx=Context(make.AT, SYSTEM))
        _closed_month()
        make_renewal()
        make.make_draft()
        call = {"at": make.AT, "method": "GET", "path": "/", "status": 200, "milliseconds": 5}
        ProvisioningCall.objects.create(server_id=1, **call)
        RemoteCall.objects.create(remote="registrar opensrs", **call)
        _statements()
        yield
        transaction.set_rollback(True)


def _closed_month() -> None:
    month = BooksMonth.objects.create(
        month=date(2026, 3, 1),
        last_day=CLOSED_DAY,
        status="closed",
        ends_at=datetime(2026, 4, 1, tzinfo=UTC),
        closed_at=make.AT,
    )
    BooksFile.objects.create(month=month, name="documents", closed_at=make.AT, lines=0, content=b"")


def _statements() -> None:
    """What consumers stated, were told and ticked, and the credit note of a statement."""
    switch_on_consumers()
    order = make.make_order()
    begin_at_once(order.client, order)
    note = CreditNote.objects.latest("pk")
    StatementCreditNote.objects.create(statement=state(about=make.make_service()), credit_note=note)


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_books")]
LITE = connection.vendor == "sqlite"
type Act = Callable[[], object]


def one_of(model: type[models.Model]) -> Any:
    found = model._default_manager.order_by("pk").first()
    assert found is not None
    return found


def change(model: type[models.Model], **values: Any) -> Act:
    """Update the first row."""
    return lambda: model._default_manager.filter(pk=one_of(model).pk).update(**values)


def delete(model: type[models.Model]) -> Act:
    return lambda: model._default_manager.filter(pk=one_of(model).pk)._raw_delete("default")


def copy(model: type[models.Model], **values: Any) -> Act:
    """The first row once more, with other values."""
    return lambda: again(one_of(model), **values)


def empty(model: type[models.Model]) -> Act:
    def act() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f'TRUNCATE "{model._meta.db_table}" CASCADE')

    return act


def issue_what_does_not_add_up(**values: int) -> Act:
    def act() -> None:
        draft = Invoice.objects.get(status="draft")
        more = {name: getattr(draft, name) + by for name, by in values.items()}
        total = sum(more.get(name, getattr(draft, name)) for name in ("subtotal", "tax_amount"))
        issued = {"issued_at": make.AT, "issue_date": make.AT.date(), "due_date": make.AT.date()}
        Invoice.objects.filter(pk=draft.pk).update(
            status="unpaid", number="INV-9", total=total, amount_due=total, **issued, **more
        )

    return act


PARTS: dict[type[models.Model], Act] = {
    InvoiceLine: copy(InvoiceLine, position=99),
    TaxGroup: copy(TaxGroup, category="Z", rate_milli=0),
    LineShare: copy(LineShare, service_id=1),
}
ONLY_ADDED: dict[type[models.Model], dict[str, Any]] = {
    AuditEntry: {"reason": "x"},
    StoredEvent: {"kind": "x"},
    SettlementEntry: {"source": "x"},
    CreditEntry: {"note": "x"},
    CreditNote: {"reason": "x"},
    CreditNoteLine: {"description": "x"},
    CreditNoteTaxGroup: {"name": "x"},
    Document: {"sha256": "x"},
    BooksFile: {"lines": 9},
    ProvisioningCall: {"answer": "x"},
    RemoteCall: {"answer": "x"},
    ConsumerStatement: {"name": "x"},
    StatementCreditNote: {"statement_id": 900_009},
    ConsumerConsent: {"text": "x"},
    InstructionCopy: {"text": "x"},
    WithdrawalInstruction: {"model_form": "x"},
}
KEPT = (*ONLY_ADDED, *PARTS, BilledPeriod, CreditAccount, Invoice)
MANY_MORE = 10**6


def named(model: type[models.Model], event: str, acts: list[Act]) -> dict[str, list[Act]]:
    return {f"guard_{model._meta.db_table}_{event}": acts}


ACTS: dict[str, list[Act]] = {}
for kept in KEPT:
    ACTS |= named(kept, "delete", [delete(kept)]) | named(kept, "truncate", [empty(kept)])
for added, values in ONLY_ADDED.items():
    ACTS |= named(added, "update", [change(added, **values)])
for part, insert in PARTS.items():
    ACTS |= named(part, "insert", [insert])
CLOSED_DAY, CLOSED_AT = date(2026, 3, 31), datetime(2026, 3, 15, tzinfo=UTC)


def moved(model: type[models.Model], *, of: dict[str, Any], **values: Any) -> Act:
    """A row as the first one, made with values of a closed month, or moved to them."""
    return lambda: model._default_manager.filter(**of).update(**values)


ACTS |= {
    "guard_billing_invoice_insert_books": [
        copy(Invoice, number="INV-1", payment_reference=None, issue_date=CLOSED_DAY)
    ],
    "guard_billing_invoice_update_books": [
        moved(Invoice, of={"status": "draft"}, issue_date=CLOSED_DAY)
    ],
    "guard_billing_creditnote_insert_books": [copy(CreditNote, number="x", issue_date=CLOSED_DAY)],
    "guard_billing_settlemententry_insert_books": [copy(SettlementEntry, source="x", at=CLOSED_AT)],
    "guard_billing_creditentry_insert_books": [copy(CreditEntry, source="x", at=CLOSED_AT)],
    "guard_payments_payment_insert_books": [
        copy(Payment, transaction_id="x", idempotency_key=None, received_on=CLOSED_DAY)
    ],
    "guard_payments_payment_update_books": [change(Payment, received_on=CLOSED_DAY)],
    "guard_payments_refund_insert_books": [
        copy(Refund, idempotency_key="x", reference="x", credit_note=None, accepted_at=CLOSED_AT)
    ],
    "guard_payments_refund_update_books": [change(Refund, accepted_at=CLOSED_AT)],
    "guard_payments_dispute_insert_books": [copy(Dispute, reference="x", closed_at=CLOSED_AT)],
    "guard_payments_dispute_update_books": [change(Dispute, closed_at=CLOSED_AT)],
    "guard_billing_invoice_update": [change(Invoice, notes="x")],
    "guard_billing_invoice_update_sums": [
        issue_what_does_not_add_up(subtotal=1),
        issue_what_does_not_add_up(tax_amount=1),
        issue_what_does_not_add_up(subtotal=1, tax_amount=-1),
    ],
    "guard_billing_invoiceline_update": [change(InvoiceLine, description="x")],
    "guard_billing_taxgroup_update": [change(TaxGroup, name="x")],
    "guard_billing_lineshare_update": [change(LineShare, net=1)],
    "guard_billing_billedperiod_update": [change(BilledPeriod, net=1)],
    "guard_billing_creditaccount_insert": [copy(CreditAccount, currency_id="USD", balance=5)],
    "guard_billing_creditaccount_update": [
        change(CreditAccount, balance=501),
        change(CreditAccount, currency_id="USD"),
    ],
    "guard_billing_creditentry_insert": [copy(CreditEntry, source="x", balance=MANY_MORE)],
    "guard_billing_creditnote_insert": [
        copy(CreditNote, number="x", subtotal=MANY_MORE, tax_amount=0, total=MANY_MORE)
    ],
    "guard_billing_creditnoteline_insert": [copy(CreditNoteLine, position=99)],
    "guard_billing_creditnotetaxgroup_insert": [
        copy(CreditNoteTaxGroup, category="Z", rate_milli=0)
    ],
}
"""By the name of a guard: what it alone refuses."""

DEFINED = {
    name: one
    for name, one in triggers._registered.items()
    if isinstance(one, triggers.TriggerGuard)
}
CASES = [
    (name, act)
    for name, acts in ACTS.items()
    for act in acts
    if not (LITE and name.endswith("_truncate"))
]


def test_every_guard_has_its_case() -> None:
    assert sorted(ACTS) == sorted(DEFINED)


@pytest.mark.parametrize(("name", "act"), CASES, ids=[name for name, _ in CASES])
def test_it_alone_refuses_the_act(monkeypatch: pytest.MonkeyPatch, name: str, act: Act) -> None:
    monkeypatch.setattr(triggers, "_registered", {name: DEFINED[name]})
    triggers.install_triggers()
    with pytest.raises(IntegrityError, match=DEFINED[name].message), transaction.atomic():
        act()
    triggers.remove_triggers()
    with transaction.atomic():
        act()
        transaction.set_rollback(True)
