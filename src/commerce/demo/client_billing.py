"""The invoices and payments of one client of the demo: each verb puts events on the timeline.

Renewals are issued by the daily run alone; here they are only paid.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from commerce.accounts.models import Client
from commerce.billing.credit.actions import add_credit, pay_out_credit
from commerce.billing.invoices.actions.corrections import void_invoice
from commerce.billing.invoices.actions.drafts import draft_invoice
from commerce.billing.invoices.actions.issuing import issue_invoice
from commerce.billing.invoices.rules import DraftLine, InvoiceKind, LineTax
from commerce.billing.models import BilledPeriod, Invoice
from commerce.billing.periods.rules import BilledPeriodStatus
from commerce.demo.simulated_days import STAFF
from commerce.demo.timeline import DemoTimeline
from commerce.kit.context import SYSTEM, Context
from commerce.orders.models import Order
from commerce.payments.actions.booking import record_payment
from commerce.payments.actions.disputes import open_dispute
from commerce.payments.actions.received_money import ReceivedMoney
from commerce.payments.actions.refunds import refund_payment
from commerce.payments.gateways.registry import gateway_of_method
from commerce.payments.gateways.test_card_double import SLUG
from commerce.payments.models import Payment
from commerce.payments.rules import PaymentMethod, RefundMethod
from commerce.site_settings import current


@dataclass(slots=True)
class ClientBilling:
    """What is paid, credited and corrected."""

    timeline: DemoTimeline
    key: str
    client: Client
    invoices: dict[str, Invoice] = field(default_factory=dict)
    payments: dict[str, Payment] = field(default_factory=dict)
    card: tuple[str, str] | None = None
    """Brand and last four digits of the test card that pays renewals; without one, a bank transfer does."""

    def _on(self, day: date, kind: str, what: str, act: Callable[[datetime], object]) -> None:
        self.timeline.add(day, kind, f"{self.key}: {what}", act)

    def renewal(self, name: str, start: date, *, late: int = 1, **paid: int) -> None:
        """The renewal of the services whose period starts on ``start`` is paid, ``late`` days after that."""
        self.pay(
            name,
            start + timedelta(days=late),
            find=lambda: self._billed(service__isnull=False, period_start=start),
            card=None if "part" in paid else self.card,
            **paid,
        )

    def domain_renewal(self, name: str, day: date, domain: str) -> None:
        """The renewal of a domain is paid."""
        self.pay(name, day, find=lambda: self._billed(domain__domain_name=domain))

    def _billed(self, **what: object) -> Invoice:
        """The open invoice that bills this."""
        billed_periods = BilledPeriod.objects.filter(status=BilledPeriodStatus.OPEN, **what)
        return (
            Invoice.objects.for_client(self.client)
            .open()
            .filter(billed_periods__in=billed_periods)
            .distinct()
            .get()
        )

    def manual(
        self,
        name: str,
        day: date,
        lines: Sequence[DraftLine],
        *,
        currency: str,
        notes: str = "",
        draft: bool = False,
    ) -> None:
        """An invoice that staff typed; a draft stays one."""

        def issue(at: datetime) -> None:
            invoice = draft_invoice(
                client=self.client,
                kind=InvoiceKind.MANUAL,
                currency_code=currency,
                lines=lines,
                notes=notes,
                ctx=Context(at, STAFF),
            )
            if not draft:
                issue_invoice(vat_refresh=None, invoice=invoice, ctx=Context(at, STAFF))
            self.invoices[name] = invoice

        self._on(day, "invoice", name, issue)

    def pay_order(self, name: str, day: date, order: Callable[[], Order]) -> None:
        """The invoice of an order is paid in full; ``order`` is asked for it on that day."""

        def find() -> Invoice:
            invoice = order().invoice
            assert invoice is not None
            return invoice

        self.pay(f"order {name}", day, find=find)

    def pay(
        self,
        name: str,
        day: date,
        *,
        find: Callable[[], Invoice] | None = None,
        part: int | None = None,
        overpaid: int = 0,
        card: tuple[str, str] | None = None,
    ) -> None:
        """An invoice is paid, by bank transfer if not by ``card``: in full, by a ``part``, or with so much ``overpaid``
        than is due, in minor units."""

        def pay(at: datetime) -> None:
            invoice = find() if find else self.invoices[name]
            invoice.refresh_from_db()
            amount = part if part is not None else invoice.amount_due + overpaid
            self.invoices[name] = invoice
            self.payments[name] = self._book(invoice, amount, at, card)

        self._on(day, "payment", f"{name} paid", pay)

    @staticmethod
    def _book(invoice: Invoice, amount: int, at: datetime, card: tuple[str, str] | None) -> Payment:
        gateway, method = gateway_of_method(PaymentMethod.BANK_TRANSFER), ""
        name = f"{invoice.payment_reference}-{invoice.payments.count() + 1}"
        if card:
            gateway, method, name = SLUG, PaymentMethod.CARD, f"pi_{name.replace('-', '')}"
        brand, last4 = card or ("", "")
        money = ReceivedMoney(
            gateway=gateway,
            transaction_id=name,
            amount=amount,
            currency_code=invoice.currency_id,
            received_on=current.business_date(at),
            method=method,
            card_brand=brand,
            card_last4=last4,
        )
        return record_payment(invoice=invoice, money=money, ctx=Context(at, SYSTEM))

    def credit(self, day: date, amount: int, currency: str, note: str) -> None:
        """Staff give credit; the next invoices use it."""
        self._on(
            day,
            "settlement",
            f"credit: {note}",
            lambda at: add_credit(
                client=self.client,
                currency_code=currency,
                amount=amount,
                note=note,
                ctx=Context(at, STAFF),
            ),
        )

    def void(self, day: date, reason: str, *, start: date) -> None:
        """The open renewal of a period is taken back, and what it billed is not billed again."""

        def void(at: datetime) -> None:
            billed_periods = BilledPeriod.objects.filter(
                service__client=self.client, period_start=start, status=BilledPeriodStatus.OPEN
            )
            chosen = {
                ("service", billed_period.service_id): "end"
                for billed_period in billed_periods
                if billed_period.service_id
            }
            invoice = self._billed(pk__in=billed_periods)
            void_invoice(invoice=invoice, reason=reason, decisions=chosen, ctx=Context(at, STAFF))

        self._on(day, "settlement", f"renewal voided: {reason}", void)

    def refund(self, name: str, day: date, reason: str) -> None:
        """All that was paid on an invoice goes back: as credit, and from there to the client's bank account."""

        def refund(at: datetime) -> None:
            paid, ctx = self.payments[name], Context(at, STAFF)
            refund_payment(
                payment=paid,
                method=RefundMethod.CREDIT,
                amount=paid.amount,
                reason=reason,
                idempotency_key=name,
                ctx=ctx,
            )
            pay_out_credit(
                client=self.client,
                currency_code=paid.currency_id,
                amount=paid.amount,
                reference=f"{paid.transaction_id} returned",
                ctx=ctx,
            )

        self._on(day, "settlement", f"{name} refunded", refund)

    def dispute(self, name: str, day: date, reason: str) -> None:
        """The payer's bank asks for the money back."""
        self._on(
            day,
            "state",
            f"{name} disputed",
            lambda at: open_dispute(
                payment=self.payments[name],
                reference=f"{self.payments[name].transaction_id}-1",
                amount=self.payments[name].amount,
                reason=reason,
                ctx=Context(at, SYSTEM),
            ),
        )


def manual_line(text: str, unit_amount: int, tax: LineTax, quantity: str = "1") -> DraftLine:
    """A typed line; ``quantity`` may have three decimals."""
    whole, _, rest = quantity.partition(".")
    return DraftLine(text, unit_amount, tax, int(whole + (rest + "000")[:3]))
