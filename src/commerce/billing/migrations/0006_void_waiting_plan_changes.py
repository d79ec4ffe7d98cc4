"""Plan changes that waited for their invoice to be paid end: it is taken back, and what was paid on it is credit.

From now on nothing is issued before a change is carried out. Their clients can ask for the change anew.
"""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import migrations, transaction
from django.utils import timezone

REASON = "The plan change was not paid, and can be asked for again."
OPEN = ("unpaid", "overdue")


def void_waiting_plan_changes(apps: Any, schema_editor: Any) -> None:
    """Each in a transaction of its own; after a kill the next run goes on."""
    changes = apps.get_model("billing", "PlanChange").objects
    waiting = changes.filter(status="awaiting_payment").order_by("pk")
    for pk, client_id in list(waiting.values_list("pk", "client_id")):
        with transaction.atomic(using=schema_editor.connection.alias):
            clients = apps.get_model("accounts", "Client").objects
            client = clients.select_for_update().get(pk=client_id)
            clients.filter(pk=client_id).update(revision=client.revision + 1)
            change = changes.get(pk=pk)
            if change.status == "awaiting_payment":
                _Void(apps, change, timezone.now()).carry_out()


class _Void:
    """The end of one change, whose client is locked."""

    def __init__(self, apps: Any, change: Any, at: datetime) -> None:
        self.change, self.at, self.apps = change, at, apps
        self.audit = apps.get_model("audit", "AuditEntry").objects
        self.jobs = apps.get_model("jobs", "Job").objects
        settings = apps.get_model("site_settings", "SiteSetting").objects
        self.settings = dict(settings.values_list("key", "value"))

    def model(self, name: str) -> Any:
        """One of billing's."""
        return self.apps.get_model("billing", name)

    def carry_out(self) -> None:
        """Its invoice is voided, if that is open, and it has lapsed."""
        if self.change.invoice_id is not None:
            invoice = (
                self.model("Invoice").objects.select_for_update().get(pk=self.change.invoice_id)
            )
            if invoice.status in OPEN:
                self._void(invoice)
        self.model("PlanChange").objects.filter(pk=self.change.pk).update(
            status="lapsed", ended_at=self.at
        )
        states = {"before": {"status": "awaiting_payment"}, "after": {"status": "lapsed"}}
        self._entry("planchange.lapsed", "planchange", self.change.pk, "", **states)

    def _void(self, invoice: Any) -> None:
        entries = self.model("SettlementEntry").objects.filter(invoice=invoice)
        amounts = list(entries.values_list("kind", "amount"))
        credited = sum(amount for kind, amount in amounts if kind == "credit_note")
        held = sum(amount for kind, amount in amounts if kind != "credit_note")
        if invoice.total - credited:
            self._credit(invoice, credited, held)
        self.model("Invoice").objects.filter(pk=invoice.pk).update(
            status="cancelled", amount_due=0, credit_applied=0, changed_at=self.at
        )
        states = {"before": {"status": invoice.status}, "after": {"status": "cancelled"}}
        self._entry("invoice.cancelled", "invoice", invoice.pk, invoice.number, **states)

    def _credit(self, invoice: Any, credited: int, held: int) -> None:
        note = self._note(invoice, credited)
        source = f"credit_note:{note.pk}"
        entry = self.model("SettlementEntry").objects.create
        entry(invoice=invoice, kind="credit_note", source=source, amount=note.total, at=self.at)
        if held > 0:
            entry(invoice=invoice, kind="to_credit", source=source, amount=-held, at=self.at)
            self._add_credit(invoice, source, held)

    def _note(self, invoice: Any, credited: int) -> Any:
        """Over all that is left of it: its own lines where nothing was credited, else what is left of each tax group."""
        lines = self._lines(invoice, whole=not credited)
        net, tax = sum(line["amount"] for line in lines), sum(line["tax_amount"] for line in lines)
        books = dict(invoice.accounting_tax)
        if books and credited:
            used = self.model("CreditNote").objects.filter(invoice=invoice)
            taken = sum(
                row.get("amount", 0) for row in used.values_list("accounting_tax", flat=True)
            )
            books["amount"] -= taken
        number, issued_on = self._number()
        note = self.model("CreditNote").objects.create(
            client_id=invoice.client_id,
            invoice=invoice,
            number=number,
            issue_date=issued_on,
            currency_id=invoice.currency_id,
            exponent=invoice.exponent,
            subtotal=net,
            tax_amount=tax,
            total=net + tax,
            seller=invoice.seller,
            buyer=invoice.buyer,
            accounting_tax=books if tax else {},
            reason=REASON,
            footer=self.settings.get("invoices.footer_text", ""),
            issued_at=self.at,
        )
        rows = [self.model("CreditNoteLine")(credit_note=note, **line) for line in lines]
        for row in sorted(rows, key=lambda row: row.amount + row.tax_amount):
            row.save()
        self._groups(note, invoice, rows)
        after = {"invoice": invoice.number, "total": note.total, "currency": note.currency_id}
        self._entry(
            "credit_note.issued", "credit_note", note.pk, number, after=after, reason=REASON
        )
        self.jobs.create(
            subject_kind="credit_note",
            subject_id=note.pk,
            action="documents.make",
            idempotency_key="issued",
            priority=2,
            created_at=self.at,
        )
        return note

    def _lines(self, invoice: Any, *, whole: bool) -> list[dict[str, Any]]:
        own = list(self.model("InvoiceLine").objects.filter(invoice=invoice).order_by("position"))
        if whole:
            return [
                {
                    "line": line,
                    "position": line.position,
                    "description": line.description,
                    "quantity_milli": line.quantity_milli,
                    "unit_amount": line.unit_amount,
                    "amount": line.amount,
                    "tax_category": line.tax_category,
                    "tax_rate_milli": line.tax_rate_milli,
                    "tax_amount": line.tax_amount,
                }
                for line in own
            ]
        left: list[dict[str, Any]] = []
        for group in self.model("TaxGroup").objects.filter(invoice=invoice).order_by("pk"):
            key = {"category": group.category, "rate_milli": group.rate_milli}
            taken = self.model("CreditNoteTaxGroup").objects.filter(
                credit_note__invoice=invoice, **key
            )
            net, tax = group.net, group.tax
            for row in taken:
                net, tax = net - row.net, tax - row.tax
            if net or tax:
                left.append(
                    {
                        "position": len(left) + 1,
                        "description": f"Credit for invoice {invoice.number}",
                        "quantity_milli": 1000,
                        "unit_amount": net,
                        "amount": net,
                        "tax_category": group.category,
                        "tax_rate_milli": group.rate_milli,
                        "tax_amount": tax,
                    }
                )
        return left

    def _groups(self, note: Any, invoice: Any, rows: list[Any]) -> None:
        sums: dict[tuple[str, int], list[int]] = {}
        for row in rows:
            group = sums.setdefault((row.tax_category, row.tax_rate_milli), [0, 0])
            group[0] += row.amount
            group[1] += row.tax_amount
        texts = {
            (group.category, group.rate_milli): {"name": group.name, "note": group.note}
            for group in self.model("TaxGroup").objects.filter(invoice=invoice)
        }
        for key, (net, tax) in sorted(sums.items(), key=lambda item: sum(item[1])):
            self.model("CreditNoteTaxGroup").objects.create(
                credit_note=note, category=key[0], rate_milli=key[1], net=net, tax=tax, **texts[key]
            )

    def _number(self) -> tuple[str, date]:
        zone = self.settings.get("billing.time_zone in force", {}).get("zone")
        zone = zone or self.settings.get("billing.time_zone", "UTC")
        today = self.at.astimezone(ZoneInfo(zone)).date()
        prefix = self.settings.get("billing.credit_note_prefix", "CN-")
        sequences = self.model("NumberSequence").objects
        name = f"credit_note:{today:%Y}"
        if not (self.settings.get("billing.invoice_yearly_reset") and "{YYYY}" in prefix):
            name = name if sequences.filter(pk=name).exists() else "credit_note"
        sequences.get_or_create(pk=name)
        row = sequences.select_for_update().get(pk=name)
        day = max(today, row.last_date or today)
        sequences.filter(pk=name).update(next_number=row.next_number + 1, last_date=day)
        text = prefix.replace("{YYYY}", f"{day:%Y}").replace("{MM}", f"{day:%m}")
        return f"{text}{row.next_number:04d}", day

    def _add_credit(self, invoice: Any, source: str, amount: int) -> None:
        accounts = self.model("CreditAccount").objects
        own = {"client_id": invoice.client_id, "currency_id": invoice.currency_id}
        accounts.get_or_create(**own)
        account = accounts.select_for_update().get(**own)
        balance = account.balance + amount
        self.model("CreditEntry").objects.create(
            account=account,
            reason="returned",
            source=source,
            amount=amount,
            balance=balance,
            note=str(invoice.number),
            at=self.at,
        )
        accounts.filter(pk=account.pk).update(balance=balance)

    def _entry(self, action: str, kind: str, pk: int, name: str, **rest: Any) -> None:
        self.audit.create(
            at=self.at,
            actor_kind="system",
            action=action,
            record_kind=kind,
            record_id=pk,
            record_name=name,
            client_id=self.change.client_id,
            **{"reason": REASON, **rest},
        )


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("billing", "0005_line_shares_and_requests"),
        ("accounts", "0008_access_revision"),
        ("audit", "0003_staff_for_client"),
        ("jobs", "0004_jobs_that_ask_servers"),
        ("site_settings", "0001_initial"),
    ]

    operations = [migrations.RunPython(void_waiting_plan_changes, migrations.RunPython.noop)]
