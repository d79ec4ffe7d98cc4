"""Renewals of domains: invoiced before the expiry, carried out when paid, given up after the grace (domains.md 4)."""

from datetime import date, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from commerce.accounts.actions.client_locks import bump_revision
from commerce.accounts.locale import client_language, client_text
from commerce.accounts.models import Client
from commerce.accounts.rules import ClientStatus
from commerce.billing.changes.price_changes.actions import apply_price_changes_to_domains
from commerce.billing.events import InvoicePaid
from commerce.billing.invoices.actions.corrections import credit_open_period
from commerce.billing.invoices.actions.drafts import create_draft, record_draft
from commerce.billing.invoices.actions.issuing import due_date_by_settings, issue_locked_draft
from commerce.billing.invoices.rules import DraftLine, InvoiceKind, InvoiceLineKind, price_lines
from commerce.billing.models import BilledPeriod, Invoice, PriceChange
from commerce.billing.periods.actions.periods import renew_domain_of_period
from commerce.billing.periods.rules import BilledPeriodStatus
from commerce.billing.tax.notices import tax_notice
from commerce.billing.tax.queries import taxation_for_client
from commerce.catalog.rules import ProductType
from commerce.domains import lifecycle
from commerce.domains.models import Domain
from commerce.domains.rules import DomainStatus
from commerce.kit.context import Context
from commerce.kit.periods import add_months
from commerce.site_settings import current


def domains_due_for_renewal(day: date) -> QuerySet[Domain]:
    """Those whose renewal is to be invoiced on ``day``: auto-renew on, active, their next period not yet billed.

    After time off beyond the grace of a name nothing of it can be renewed.
    """
    due = Q()
    advance = current.get_setting("domains.renewal_advance_days")
    for which, days in lifecycle.days_by_tld("renew_advance_days", advance):
        due |= which & Q(next_due_date__lte=day + timedelta(days=days))
    billed = BilledPeriod.objects.filter(domain=OuterRef("pk")).exclude(
        status=BilledPeriodStatus.RELEASED
    )
    return Domain.objects.filter(
        due,
        ~lifecycle.past_grace(day),
        ~Exists(
            billed.filter(
                Q(status=BilledPeriodStatus.OPEN) | Q(period_start=OuterRef("next_due_date"))
            )
        ),
        status=DomainStatus.ACTIVE,
        auto_renew=True,
    ).exclude(client__status=ClientStatus.CLOSED)


@transaction.atomic
def renew_domains(*, client_id: int, day: date, ctx: Context) -> list[int]:
    """Invoice the renewals of a client's domains that are due; returns the ids of the invoices, one per currency.

    With ``billing.consolidate`` off there is one for each domain.
    """
    client = bump_revision(client_id)
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
    taxation = taxation_for_client(client, current.business_date(ctx.at))
    taxes = taxation.taxes(["domain"] * len(domains))
    home = taxation.home_rate_milli("domain")
    with client_language(client):
        texts = [_text(domain) for domain in domains]
    lines = [
        DraftLine(
            text,
            domain.recurring_amount,
            tax,
            kind=InvoiceLineKind.RENEWAL,
            tax_kind=ProductType.DOMAIN,
            subject=("domain", domain.pk),
            home_rate_milli=home,
        )
        for domain, text, tax in zip(domains, texts, taxes, strict=True)
    ]
    invoice = create_draft(
        client=client,
        kind=InvoiceKind.DOMAIN_RENEWAL,
        currency_code=domains[0].currency_id,
        priced=price_lines(lines, prices_include_tax=taxation.prices_include_tax),
        at=ctx.at,
        notes=tax_notice(taxation, client),
        tax_evidence=taxation.evidence,
        periods={("domain", domain.pk): _period(domain) for domain in domains},
    )
    record_draft(invoice, ctx)
    expiry = min(domain.expiry_date for domain in domains if domain.expiry_date)
    due = due_date_by_settings(current.business_date(ctx.at), expiry=expiry)
    issue_locked_draft(invoice=invoice, client=client, due_date=due, ctx=ctx)
    return invoice


def _text(domain: Domain) -> str:
    text = ngettext(
        "Domain renewal: %(name)s (%(years)s year)",
        "Domain renewal: %(name)s (%(years)s years)",
        domain.term_years,
    )
    return text % {"name": domain.domain_name, "years": domain.term_years}


def _period(domain: Domain) -> tuple[date, date]:
    assert domain.next_due_date is not None  # an active domain is due some day
    return domain.next_due_date, add_months(domain.next_due_date, 12 * domain.term_years)


def renew_paid_domains(event: InvoicePaid, ctx: Context) -> None:
    """Have the registrar renew each domain whose period was paid with this invoice: once for each billed_period."""
    paid = BilledPeriod.objects.filter(
        invoice_id=event.invoice_id, domain__isnull=False, status=BilledPeriodStatus.PAID
    )
    for billed_period in paid.select_related("domain").order_by("pk"):
        renew_domain_of_period(period=billed_period, ctx=ctx)


def lost_domain_renewals(day: date) -> QuerySet[BilledPeriod]:
    """Open renewals of names that cannot be renewed any more: past the days of grace, or no longer ours."""
    over = Q(
        domain__status__in=[
            DomainStatus.REDEMPTION,
            DomainStatus.CANCELLED,
            DomainStatus.TRANSFERRED_AWAY,
        ]
    )
    over |= lifecycle.past_grace(day, "domain__")
    return BilledPeriod.objects.filter(over, domain__isnull=False, status=BilledPeriodStatus.OPEN)


@transaction.atomic
def abandon_domain_renewal(*, period: BilledPeriod, ctx: Context) -> None:
    """Take back what was billed for a renewal that did not happen; the period is free again."""
    assert period.domain is not None  # those of services are not given up
    wasnt = _("%(name)s wasn't renewed.")
    reason = client_text(period.domain.client, wasnt, name=period.domain)
    credit_open_period(period=period, reason=reason, ctx=ctx)
