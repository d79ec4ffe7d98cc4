"""M13 and M5: the database refuses to change what was issued, settled or recorded; retention alone gets through."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import checks
from django.core.management import call_command
from django.db import IntegrityError, connection, models, transaction
from django.test.utils import CaptureQueriesContext

from commerce.audit.models import AuditEntry
from commerce.billing.invoices.actions.settlement import settle
from commerce.billing.models import Invoice, InvoiceLine, SettlementEntry, TaxGroup
from commerce.billing.triggers import CHANGEABLE_INVOICE_FIELDS
from commerce.db import triggers
from commerce.kit.context import SYSTEM, Context
from tests import make

LITE = connection.vendor == "sqlite"
PARTS = [InvoiceLine, TaxGroup]


def refused(act: Callable[[], object]) -> None:
    """The database says no, and the transaction around it can go on."""
    with pytest.raises(IntegrityError), transaction.atomic():
        act()


def frozen_columns() -> list[str]:
    return [
        f.name
        for f in Invoice._meta.concrete_fields
        if f.name not in {*CHANGEABLE_INVOICE_FIELDS, "id"}
    ]


def other_value(field: Any, row: models.Model) -> Any:
    """A value that the column could have, and has not."""
    now = getattr(row, field.attname)
    if field.is_relation:
        return {"client": lambda: make.make_client().pk, "currency": lambda: "USD"}[field.name]()
    if isinstance(now, int):
        return now + 1
    if isinstance(now, dict):
        return {**now, "name": "Somebody else"}
    if isinstance(now, str):
        return {"kind": "order", "missing_tax_currency": "JPY"}.get(field.name, f"{now}x")
    return now + timedelta(days=1)


@pytest.mark.django_db
@pytest.mark.parametrize("column", frozen_columns())
def test_an_issued_invoice_does_not_change(column: str) -> None:
    invoice = make.make_invoice()
    field = Invoice._meta.get_field(column)
    value = other_value(field, invoice)
    # The sums are kept, so that it is not a check of the table that refuses.
    beside: dict[str, Any] = {"total": invoice.total + 1} if column == "subtotal" else {}
    if column == "total":
        beside = {"tax_amount": invoice.tax_amount + 1}
    if column == "tax_amount":
        beside = {"total": invoice.total + 1}
    refused(lambda: Invoice.objects.filter(pk=invoice.pk).update(**{column: value}, **beside))


@pytest.mark.django_db
def test_what_may_change_can_change() -> None:
    invoice = make.make_invoice()
    Invoice.objects.filter(pk=invoice.pk).update(
        status="overdue",
        sent_at=make.AT,
        dunning_hold_until=make.AT.date(),
        changed_at=make.AT,
    )
    settle(
        invoice=invoice, kind="credit", source="credit:1", amount=1200, ctx=Context(make.AT, SYSTEM)
    )
    assert (invoice.status, invoice.credit_applied) == ("paid", 1200)


@pytest.mark.django_db
@pytest.mark.parametrize("status", ["unpaid", "overdue", "paid", "cancelled", "refunded"])
def test_an_issued_invoice_is_not_deleted(status: str) -> None:
    invoice = make.make_invoice(status=status)
    rows = Invoice.objects.filter(pk=invoice.pk)
    refused(lambda: rows._raw_delete(rows.db))


@pytest.mark.django_db
def test_a_draft_can_change_and_go() -> None:
    draft = make.make_draft()
    draft.lines.update(description="Another text")
    Invoice.objects.filter(pk=draft.pk).update(notes="Another note")
    draft.delete()
    assert not InvoiceLine.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("part", PARTS)
def test_lines_and_tax_groups_of_an_issued_invoice_stay(part: type[models.Model]) -> None:
    invoice, draft = make.make_invoice(), make.make_draft()
    rows = part._default_manager.filter(invoice=invoice)
    refused(lambda: rows.update(tax_category="Z") if part is InvoiceLine else rows.update(tax=0))
    refused(lambda: rows._raw_delete(rows.db))
    refused(lambda: rows.update(invoice=draft, **_elsewhere(part)))
    refused(lambda: part._default_manager.filter(invoice=draft).update(invoice=invoice))
    extra = part._default_manager.get(invoice=draft)
    extra.pk, extra.invoice = None, invoice  # type: ignore[attr-defined]
    for name, value in _elsewhere(part).items():
        setattr(extra, name, value)
    refused(lambda: extra.save(force_insert=True))


def _elsewhere(part: type[models.Model]) -> dict[str, Any]:
    return {"position": 9} if part is InvoiceLine else {"category": "Z", "rate_milli": 0}


@pytest.mark.django_db
@pytest.mark.parametrize("model", [SettlementEntry, AuditEntry])
def test_rows_that_are_only_added(model: type[models.Model]) -> None:
    make.make_payment()
    rows = model._default_manager.all()
    assert rows.exists()
    refused(lambda: rows.update(at=make.AT + timedelta(days=1)))
    refused(lambda: rows._raw_delete(rows.db))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("part", "column"),
    [
        (InvoiceLine, "amount"),
        (InvoiceLine, "tax_amount"),
        (TaxGroup, "net"),
        (TaxGroup, "tax"),
    ],
)
def test_a_draft_whose_parts_do_not_add_up_is_not_issued(
    part: type[models.Model], column: str
) -> None:
    """M5, whatever the code above it does."""
    draft = make.make_draft()
    part._default_manager.filter(invoice=draft).update(**{column: 999})
    refused(
        lambda: Invoice.objects.filter(pk=draft.pk).update(
            status="unpaid",
            number="INV-9",
            issued_at=make.AT,
            issue_date=make.AT.date(),
            due_date=make.AT.date(),
        )
    )


@pytest.mark.django_db
def test_retention_gets_through_and_closes_behind_itself() -> None:
    invoice = make.make_invoice(status="paid")
    with triggers.allow_retention():
        SettlementEntry.objects.filter(invoice=invoice).delete()
        invoice.payments.all().delete()
        invoice.lines.all().delete()
        Invoice.objects.filter(pk=invoice.pk).update(buyer={"name": "erased"})
        AuditEntry.objects.all().delete()
    invoice.refresh_from_db()
    assert invoice.buyer == {"name": "erased"}
    refused(lambda: Invoice.objects.filter(pk=invoice.pk).update(buyer={}))
    assert AuditEntry.objects.count() == 0


@pytest.mark.django_db
def test_retention_that_fails_opens_nothing() -> None:
    invoice = make.make_invoice()
    with pytest.raises(ZeroDivisionError), triggers.allow_retention():
        _ = 1 / 0
    refused(lambda: Invoice.objects.filter(pk=invoice.pk).update(buyer={}))


@pytest.mark.skipif(LITE, reason="SQLite knows no TRUNCATE")
@pytest.mark.django_db
@pytest.mark.parametrize("model", [Invoice, InvoiceLine, TaxGroup, SettlementEntry, AuditEntry])
def test_tables_are_not_emptied_as_a_whole(model: type[models.Model]) -> None:
    def empty() -> None:
        with connection.cursor() as cursor:
            cursor.execute(f'TRUNCATE "{model._meta.db_table}" CASCADE')

    refused(empty)


@pytest.mark.django_db
def test_after_migrating_the_database_is_as_defined() -> None:
    assert triggers.trigger_differences() == []
    assert said() == []


@pytest.mark.django_db
def test_only_what_differs_is_made_again() -> None:
    drop("follows_accounts_membership_update", "accounts_membership")
    with CaptureQueriesContext(connection) as asked:
        triggers.install_triggers()
    made = [one["sql"] for one in asked if one["sql"].startswith(("DROP", "CREATE TRIGGER"))]
    assert [sql.split()[2] for sql in made] == ["follows_accounts_membership_update"]
    assert triggers.trigger_differences() == []


@pytest.mark.django_db
def test_a_guard_that_is_gone_is_missed_and_made_again() -> None:
    drop("guard_audit_auditentry_update", "audit_auditentry")
    assert triggers.trigger_differences() == ["guard_audit_auditentry_update"]
    [warning] = said()
    assert "guard_audit_auditentry_update" in warning.msg
    triggers.install_triggers()
    assert triggers.trigger_differences() == []
    make.make_client()
    refused(lambda: AuditEntry.objects.update(reason="none"))


@pytest.mark.django_db
def test_a_guard_that_was_weakened_is_missed() -> None:
    name = "guard_billing_settlemententry_delete"
    with connection.cursor() as cursor:
        if LITE:
            drop(name, "billing_settlemententry")
            weak = f"CREATE TRIGGER {name} BEFORE DELETE ON billing_settlemententry"
            cursor.execute(f"{weak} WHEN 1 = 2 BEGIN SELECT 1; END")
        else:
            body = "BEGIN RETURN OLD; END"
            head = f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger"
            cursor.execute(f"{head} LANGUAGE plpgsql AS $$ {body} $$")
    assert triggers.trigger_differences() == [name]


@pytest.mark.skipif(LITE, reason="SQLite cannot switch a trigger off")
@pytest.mark.django_db
def test_a_guard_that_was_switched_off_is_missed() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_auditentry DISABLE TRIGGER guard_audit_auditentry_delete")
    assert triggers.trigger_differences() == ["guard_audit_auditentry_delete"]


@pytest.mark.django_db
def test_a_guard_that_nobody_defined_is_missed() -> None:
    triggers.register_triggers(
        extra := triggers.TriggerGuard("audit_auditentry", "INSERT", "1 = 2", "never")
    )
    triggers.install_triggers()
    del triggers._registered[extra.name]
    assert triggers.trigger_differences() == [extra.name]
    triggers.install_triggers()
    assert triggers.trigger_differences() == []


@pytest.mark.skipif(not LITE, reason="PostgreSQL alters a table in place")
@pytest.mark.django_db(transaction=True)
def test_migrating_repairs_what_a_rebuilt_table_lost() -> None:
    triggers.remove_triggers()
    with connection.schema_editor() as editor:
        editor._remake_table(Invoice)  # type: ignore[attr-defined]
    assert triggers.trigger_differences() != []
    call_command("migrate", verbosity=0, skip_checks=True)
    assert triggers.trigger_differences() == []
    make.make_invoice(status="paid")


@pytest.mark.skipif(not LITE, reason="PostgreSQL alters a table in place")
@pytest.mark.django_db(transaction=True)
def test_a_table_that_other_guards_name_can_be_rebuilt_by_a_migration() -> None:
    """SQLite said "error in trigger …: no such table" when `migrate` left the guards in place."""
    from django.apps import apps
    from django.db.models.signals import pre_migrate

    pre_migrate.send(apps.get_app_config("audit"), using="default", plan=[("something", False)])
    with connection.schema_editor() as editor:
        editor._remake_table(Invoice)  # type: ignore[attr-defined]
    triggers.install_triggers()
    assert triggers.trigger_differences() == []


def drop(name: str, table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {name}" + ("" if LITE else f" ON {table}"))


def said() -> list[checks.CheckMessage]:
    found = checks.run_checks(databases=["default"], tags=["database"])
    return [message for message in found if message.id == "commerce.W201"]
