"""Renewals of domains: invoiced before the expiry, carried out when paid, given up after the grace (domains.md 4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.db.models import BigIntegerField, Exists, OuterRef, Q, QuerySet
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.client_locks import bump_revision
from commerce.accounts.locale import client_language, client_text
from commerce.accounts.models import Client
from commerce.accounts.rules import ClientStatus
from commerce.billing.changes.price_changes.actions import apply_price_changes_to_domains
from commerce.billing.events import CreditNoteIssued, InvoicePaid
from commerce.billing.invoices.actions.corrections import credit_open_period, credit_rest_of_lines
from commerce.billing.invoices.actions.drafts import create_draft, record_draft
from commerce.billing.invoices.actions.issuing import due_date_by_settings, issue_locked_draft
from commerce.billing.invoices.line_shares import remaining_of_lines
from commerce.billing.invoices.rules import (
    DraftLine,
    InvoiceKind,
    InvoiceLineKind,
    InvoiceStatus,
    LineTax,
    price_lines,
)
from commerce.billing.models import BilledPeriod, Invoice, PriceChange
from commerce.billing.periods.actions.periods import (
    RENEWAL_CAUSE,
    release_period,
    renew_domain_of_period,
)
from commerce.billing.periods.domain_offers import renewal_under_way
from commerce.billing.periods.rules import PERIOD_RELEASE_MOVES, BilledPeriodStatus
from commerce.billing.tax.notices import tax_notice
from commerce.billing.tax.queries import taxation_for_client
from commerce.catalog.rules import ProductType
from commerce.domains.actions.editing import set_auto_renew
from commerce.domains.deadlines import days_by_tld, past_grace
from commerce.domains.events import DomainCancelled, DomainRenewalDropped, DomainTransferredAway
from commerce.domains.models import Domain, DomainChange
from commerce.domains.registration import withdraw_renewal
from commerce.domains.rules import LIVE_DOMAIN_STATUSES, ChangeKind, DomainStatus
from commerce.kit.context import Context
from commerce.kit.periods import add_months
from commerce.site_settings import current


def domains_due_for_renewal(day: date) -> QuerySet[Domain]:
    """Those whose renewal is to be invoiced on ``day``: auto-renew on, active, their next period not yet billed.

    After time off beyond the grace of a name nothing of it can be renewed.
    """
    due = Q()
    advance = current.get_setting("domains.renewal_advance_days")
    for which, days in days_by_tld("renew_advance_days", advance):
        due |= which & Q(next_due_date__lte=day + timedelta(days=days))
    billed = BilledPeriod.objects.filter(domain=OuterRef("pk")).exclude(
        status=BilledPeriodStatus.RELEASED
    )
    return Domain.objects.filter(
        due,
        ~past_grace(day),
        ~Exists(
            billed.filter(
                Q(status=BilledPeriodStatus.OPEN) | Q(period_start=OuterRef("next_due_date"))
            )
        ),
        ~renewal_under_way(),
        status=DomainStatus.ACTIVE,
        auto_renew=True,
    ).exclude(client__status=ClientStatus.CLOSED)


@transaction.atomic
def renew_domains(*, client_id: int, day: date, ctx: Context) -> list[int]:
    """Invoice the renewals of a client's domains that are due; returns the ids of the invoices, one per currency.

    With ``billing.consolidate`` off there is one for each domain.
    """
    client = bump_revision(client_id, ctx)
    changes = Exists(PriceChange.objects.for_next_period("domain"))
    rows = (
        domains_due_for_renewal(day).filter(client_id=client_id).annotate(price_changes_now=changes)
    )
    due = list(rows.order_by("pk"))
    if changed := [domain for domain in due if domain.price_changes_now]:
        apply_price_changes_to_domains(domains=changed, ctx=ctx)
    together: dict[object, list[Domain]] = {}
    for domain in due:
        key = domain.currency_id if current.get_setting("billing.consolidate") else domain.pk
        together.setdefault(key, []).append(domain)
    return [_invoice(client, domains, ctx).pk for domains in together.values()]


def _invoice(client: Client, domains: list[Domain], ctx: Context) -> Invoice:
    terms = [BilledTerm(each, each.term_years, each.recurring_amount) for each in domains]
    expiry = min(domain.expiry_date for domain in domains if domain.expiry_date)
    return invoice_terms(client, terms, pay_before=expiry, ctx=ctx)


@dataclass(frozen=True, slots=True)
class BilledTerm:
    """What is billed for a name: so many years from its due date, and the ``fee`` of a restore."""

    domain: Domain
    years: int
    amount: int
    fee: int = 0

    @property
    def period(self) -> tuple[date, date]:
        """Its first day, and the first of the next."""
        assert self.domain.next_due_date is not None  # a registered name is due some day
        return self.domain.next_due_date, add_months(self.domain.next_due_date, 12 * self.years)

    def lines(self, tax: LineTax, home_rate_milli: int) -> list[DraftLine]:
        """Its lines, in the language that is active."""
        renewal = ngettext(
            "Domain renewal: %(name)s (%(years)s year)",
            "Domain renewal: %(name)s (%(years)s years)",
            self.years,
        )
        found = [(InvoiceLineKind.RENEWAL, renewal, self.amount)]
        if self.fee:
            found.append((InvoiceLineKind.DOMAIN, gettext("Domain restore: %(name)s"), self.fee))
        return [
            DraftLine(
                text % {"name": self.domain.domain_name, "years": self.years},
                amount,
                tax,
                kind=kind,
                tax_kind=ProductType.DOMAIN,
                subject=("domain", self.domain.pk),
                home_rate_milli=home_rate_milli,
            )
            for kind, text, amount in found
        ]


def invoice_terms(
    client: Client, terms: Sequence[BilledTerm], *, pay_before: date, ctx: Context
) -> Invoice:
    """One issued invoice over terms of names in one currency, due before ``pay_before``; the client is held."""
    taxation = taxation_for_client(client, current.business_date(ctx.at))
    home = taxation.home_rate_milli("domain")
    with client_language(client):
        lines = [
            line
            for term, tax in zip(terms, taxation.taxes(["domain"] * len(terms)), strict=True)
            for line in term.lines(tax, home)
        ]
    invoice = create_draft(
        client=client,
        kind=InvoiceKind.DOMAIN_RENEWAL,
        currency_code=terms[0].domain.currency_id,
        priced=price_lines(lines, prices_include_tax=taxation.prices_include_tax),
        at=ctx.at,
        notes=tax_notice(taxation, client),
        tax_evidence=taxation.evidence,
        periods={("domain", term.domain.pk): term.period for term in terms},
    )
    record_draft(invoice, ctx)
    due = due_date_by_settings(current.business_date(ctx.at), expiry=pay_before)
    issue_locked_draft(invoice=invoice, client=client, due_date=due, ctx=ctx)
    return invoice


def renew_paid_domains(event: InvoicePaid, ctx: Context) -> None:
    """Have the registrar renew each domain whose period was paid with this invoice: once for each billed_period."""
    paid = BilledPeriod.objects.filter(
        invoice_id=event.invoice_id, domain__isnull=False, status=BilledPeriodStatus.PAID
    )
    for billed_period in paid.select_related("domain", "invoice").order_by("pk"):
        assert billed_period.invoice is not None
        assert billed_period.domain is not None
        is_refunded = _is_given_back(billed_period)
        if is_refunded or not renew_domain_of_period(period=billed_period, ctx=ctx):
            give_back_renewal(period=billed_period, ctx=ctx)
        if is_refunded:
            _bill_no_more(billed_period.domain, ctx)


def give_back_dropped_renewal(event: DomainRenewalDropped, ctx: Context) -> None:
    """Staff do not have a paid renewal carried out: its client does not pay for it."""
    if not event.cause.startswith(RENEWAL_CAUSE):
        return
    paid = BilledPeriod.objects.filter(pk=event.cause.removeprefix(RENEWAL_CAUSE))
    for period in paid.select_related("domain__client", "invoice"):
        give_back_renewal(period=period, ctx=ctx)


@transaction.atomic
def give_back_renewal(*, period: BilledPeriod, ctx: Context) -> None:
    """What was paid for a renewal that is not carried out becomes credit; the period is free again."""
    assert period.domain is not None
    bump_revision(period.domain.client_id, ctx)
    period.refresh_from_db()
    if period.status not in PERIOD_RELEASE_MOVES:
        return
    reason = _not_renewed(period)
    release_period(period=period, reason=reason, was_paid=True, ctx=ctx)
    if period.invoice is not None:
        positions = list(period.lines.values_list("position", flat=True))
        credit_rest_of_lines(invoice=period.invoice, positions=positions, reason=reason, ctx=ctx)


def withdraw_refunded_renewals(event: CreditNoteIssued, ctx: Context) -> None:
    """What was paid for a name was given back: what the registrar has not carried out of it, it does not."""
    paid = BilledPeriod.objects.filter(
        invoice__credit_notes=event.credit_note_id,
        domain__isnull=False,
        status=BilledPeriodStatus.PAID,
    )
    for period in paid.select_related("domain", "invoice").order_by("pk"):
        assert period.domain is not None
        cause = f"{RENEWAL_CAUSE}{period.pk}"
        if _is_given_back(period) and withdraw_renewal(
            domain=period.domain, idempotency_key=cause, ctx=ctx
        ):
            _bill_no_more(period.domain, ctx)


def _is_given_back(period: BilledPeriod) -> bool:
    """Whether all of its invoice was given back, or all that it bills for this name by its lines."""
    assert period.invoice is not None
    if period.invoice.status == InvoiceStatus.REFUNDED:
        return True
    amounts = dict(period.lines.values_list("position", "amount"))
    return any(amounts.values()) and not remaining_of_lines(period.invoice, amounts)


def _bill_no_more(domain: Domain, ctx: Context) -> None:
    """What was given back is not billed by the next run, which the credit would pay."""
    domain.refresh_from_db()
    if domain.auto_renew and domain.status in LIVE_DOMAIN_STATUSES:
        set_auto_renew(domain=domain, enabled=False, ctx=ctx)


def lost_domain_renewals(day: date) -> QuerySet[BilledPeriod]:
    """Open renewals of names that cannot be renewed any more: past the days of grace, or no longer ours.

    The renewal that comes with a restore waits until the name is gone.
    """
    # PostgreSQL compares no JSON with a number.
    paid_by = Cast(KT("wanted__period"), BigIntegerField())
    restoring = DomainChange.objects.open().filter(
        kind=ChangeKind.RESTORE, domain=OuterRef("domain_id")
    )
    restoring = restoring.alias(paid_by=paid_by).filter(paid_by=OuterRef("pk"))
    late = Q(domain__status=DomainStatus.REDEMPTION) | past_grace(day, "domain__")
    over = late & Q(~Exists(restoring))
    over |= Q(domain__status__in=[DomainStatus.CANCELLED, DomainStatus.TRANSFERRED_AWAY])
    return BilledPeriod.objects.filter(over, domain__isnull=False, status=BilledPeriodStatus.OPEN)


@transaction.atomic
def abandon_domain_renewal(*, period: BilledPeriod, ctx: Context) -> None:
    """Take back what was billed for a renewal that did not happen; the period is free again."""
    assert period.domain is not None  # those of services are not given up
    credit_open_period(period=period, reason=_not_renewed(period), ctx=ctx)


def _not_renewed(period: BilledPeriod) -> str:
    """Why it is taken back, to the client."""
    assert period.domain is not None
    wasnt = _("%(name)s wasn't renewed.")
    return client_text(period.domain.client, wasnt, name=period.domain)


def abandon_renewals_of_lost_domain(
    event: DomainCancelled | DomainTransferredAway, ctx: Context
) -> None:
    """A name is no longer ours: nothing can be paid for it any more."""
    rows = BilledPeriod.objects.filter(domain_id=event.domain_id, status=BilledPeriodStatus.OPEN)
    for period in rows.select_related("domain__client", "invoice"):
        abandon_domain_renewal(period=period, ctx=ctx)
