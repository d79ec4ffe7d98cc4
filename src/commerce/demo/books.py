"""The invoices and payments of one client of the demo: each verb puts events on the timeline."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from commerce.accounts.models import Client
from commerce.billing import actions as billing
from commerce.billing.models import Invoice
from commerce.billing.rules import Line, Tax
from commerce.demo.timeline import Timeline
from commerce.domains.models import Domain
from commerce.hosting.actions import advance_due_date
from commerce.hosting.models import Service
from commerce.hosting.rules import following_due_date
from commerce.kit.actor import SYSTEM
from commerce.orders.models import Order
from commerce.payments import actions as payments
from commerce.payments.models import Payment
from commerce.preferences import current

ADVANCE = timedelta(days=7)


@dataclass(slots=True)
class Books:
    """Renewals are one invoice for each day and currency, as the daily run will make them."""

    timeline: Timeline
    key: str
    client: Client
    tax: Tax
    invoices: dict[str, Invoice] = field(default_factory=dict)
    renewed: dict[str, list[Service]] = field(default_factory=dict)
    payments: dict[str, Payment] = field(default_factory=dict)

    def _on(self, day: date, kind: str, what: str, act: Callable[[datetime], object]) -> None:
        self.timeline.add(day, kind, f"{self.key}: {what}", act)

    def renewal(self, name: str, start: date, *, currency: str, paid: str = "stripe") -> None:
        """The renewal of all services whose period starts on ``start``: issued a week before, paid the day after.

        ``paid`` names the gateway; empty leaves the invoice open.
        """
        self._on(
            start - ADVANCE,
            "invoice",
            f"renewal {name}",
            lambda at: self._issue_renewal(name, start, currency, at),
        )
        if paid:
            self.pay(name, start + timedelta(days=1), paid)

    def _issue_renewal(self, name: str, start: date, currency: str, at: datetime) -> None:
        running = Service.objects.for_client(self.client).filter(
            status__in=["active", "suspended"], next_due_date=start, currency_id=currency
        )
        due = [s for s in running.order_by("pk") if s.cancel_at is None or s.cancel_at > start]
        lines = [line for service in due for line in self._renewal_lines(service, start)]
        invoice = billing.draft_invoice(
            client=self.client,
            kind="renewal",
            currency_code=currency,
            lines=lines,
            at=at,
            actor=SYSTEM,
        )
        billing.issue_invoice(invoice=invoice, period_start=start, at=at, actor=SYSTEM)
        self.invoices[name], self.renewed[name] = invoice, due

    def _renewal_lines(self, service: Service, start: date) -> list[Line]:
        assert service.anchor_date is not None
        following = following_due_date(service.anchor_date, service.billing_cycle, start)
        about = [
            service.product.name,
            service.domain,
            f"{start} to {following - timedelta(days=1)}",
        ]
        options = [option for option in service.options if option["amount"]]
        base = service.amount - sum(option["amount"] for option in options)
        return [
            Line(", ".join(part for part in about if part), base, self.tax),
            *(
                Line(f"{service.product.name}: {o['name']}, {o['value']}", o["amount"], self.tax)
                for o in options
            ),
        ]

    def domain_renewal(self, name: str, day: date, domain: str) -> None:
        """The invoice over one more term of a domain, about a month before it expires."""

        def issue(at: datetime) -> None:
            row = Domain.objects.for_client(self.client).get(domain_name=domain)
            years = "1 year" if row.term_years == 1 else f"{row.term_years} years"
            text = f"Domain renewal: {domain} ({years})"
            invoice = billing.draft_invoice(
                client=self.client,
                kind="domain_renewal",
                currency_code=row.currency_id,
                lines=[Line(text, row.recurring_amount, self.tax)],
                at=at,
                actor=SYSTEM,
            )
            billing.issue_invoice(invoice=invoice, expiry=row.expiry_date, at=at, actor=SYSTEM)
            self.invoices[name] = invoice

        self._on(day, "invoice", f"renewal of {domain}", issue)

    def manual(
        self,
        name: str,
        day: date,
        lines: Sequence[Line],
        *,
        currency: str,
        notes: str = "",
        draft: bool = False,
    ) -> None:
        """An invoice that staff typed; a draft stays one."""

        def issue(at: datetime) -> None:
            invoice = billing.draft_invoice(
                client=self.client,
                kind="manual",
                currency_code=currency,
                lines=lines,
                notes=notes,
                at=at,
                actor=SYSTEM,
            )
            if not draft:
                billing.issue_invoice(invoice=invoice, at=at, actor=SYSTEM)
            self.invoices[name] = invoice

        self._on(day, "invoice", name, issue)

    def pay_order(self, name: str, day: date, gateway: str, order: Callable[[], Order]) -> None:
        """The invoice of an order is paid in full; ``order`` is asked for it on that day."""

        def pay(at: datetime) -> None:
            invoice = order().invoice
            assert invoice is not None
            self._book(invoice, invoice.amount_due, gateway, at)

        self._on(day, "payment", f"order {name} paid", pay)

    def pay(self, name: str, day: date, gateway: str, *, part: int | None = None) -> None:
        """An invoice is paid, in full or by a part in minor units; periods that it bills count as paid with it."""

        def pay(at: datetime) -> None:
            invoice = self.invoices[name]
            amount = invoice.amount_due if part is None else part
            self.payments[name] = self._book(invoice, amount, gateway, at)
            if invoice.status == Invoice.Status.PAID:
                for service in self.renewed.get(name, []):
                    service.refresh_from_db()
                    advance_due_date(service=service, at=at, actor=SYSTEM)

        self._on(day, "payment", f"{name} paid", pay)

    def _book(self, invoice: Invoice, amount: int, gateway: str, at: datetime) -> Payment:
        prefix = {"stripe": "pi_", "paypal": "PAY-"}.get(gateway, "")
        count = invoice.payments.count()
        return payments.record_payment(
            invoice=invoice,
            gateway=gateway,
            transaction_id=f"{prefix}{invoice.payment_reference}-{count + 1}",
            amount=amount,
            currency_code=invoice.currency_id,
            received_on=current.business_date(at),
            at=at,
            actor=SYSTEM,
        )

    def credit(self, name: str, day: date, amount: int, source: str) -> None:
        """Credit is applied to an invoice."""
        self._on(
            day,
            "settlement",
            f"credit on {name}",
            lambda at: billing.settle(
                invoice=self.invoices[name],
                kind="credit",
                source=source,
                amount=amount,
                at=at,
                actor=SYSTEM,
            ),
        )

    def overdue(self, name: str, day: date) -> None:
        """The due date of an invoice has passed."""
        self._on(
            day,
            "state",
            f"{name} overdue",
            lambda at: billing.mark_overdue(invoice=self.invoices[name], at=at, actor=SYSTEM),
        )

    def void(self, name: str, day: date, reason: str) -> None:
        """An open invoice is taken back."""
        self._on(
            day,
            "settlement",
            f"{name} voided",
            lambda at: billing.void_invoice(
                invoice=self.invoices[name], reason=reason, at=at, actor=SYSTEM
            ),
        )

    def refund(self, name: str, day: date, reason: str) -> None:
        """All that was paid on an invoice goes back."""
        self._on(
            day,
            "settlement",
            f"{name} refunded",
            lambda at: payments.refund_payment(
                payment=self.payments[name], reason=reason, at=at, actor=SYSTEM
            ),
        )

    def dispute(self, name: str, day: date, reason: str) -> None:
        """The payer's bank asks for the money back."""
        self._on(
            day,
            "state",
            f"{name} disputed",
            lambda at: payments.dispute_payment(
                payment=self.payments[name], reason=reason, at=at, actor=SYSTEM
            ),
        )
