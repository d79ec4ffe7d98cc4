"""Renewals of domains: invoiced before the expiry, carried out when paid, given up after the grace (domains.md 4)."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from commerce.accounts.models import Client
from commerce.billing.actions.claims import renew_claimed
from commerce.billing.actions.corrections import take_back_claim
from commerce.billing.actions.drafts import draft_invoice
from commerce.billing.actions.issuing import issue_invoice
from commerce.billing.actions.price_changes import apply_to_domains
from commerce.billing.events import InvoicePaid
from commerce.billing.models import Claim, Invoice, PriceChange
from commerce.billing.rules import Line
from commerce.billing.tax import taxation_for
from commerce.domains import life
from commerce.domains.models import Domain
from commerce.kit.actor import Actor
from commerce.kit.periods import add_months
from commerce.preferences import current


def domains_to_renew(day: date) -> QuerySet[Domain]:
    """Those whose renewal is to be invoiced on ``day``: auto-renew on, active, their next period not yet billed.

    After time off beyond the grace of a name nothing of it can be renewed.
    """
    due = Q()
    advance = current.get("domains.renewal_advance_days")
    for which, days in life.days_by_tld("renew_advance_days", advance):
        due |= which & Q(next_due_date__lte=day + timedelta(days=days))
    claimed = Claim.objects.filter(domain=OuterRef("pk")).exclude(status=Claim.Status.RELEASED)
    return Domain.objects.filter(
        due,
        ~life.past_grace(day),
        ~Exists(claimed.filter(Q(status="open") | Q(period_start=OuterRef("next_due_date")))),
        status=Domain.Status.ACTIVE,
        auto_renew=True,
    ).exclude(client__status=Client.Status.CLOSED)


@transaction.atomic
def renew_domains(*, client_id: int, day: date, at: datetime, actor: Actor) -> list[int]:
    """Invoice the renewals of a client's domains that are due; returns the ids of the invoices, one per currency.

    With ``billing.consolidate`` off there is one for each domain.
    """
    client = Client.objects.select_for_update(no_key=True).get(pk=client_id)
    changes = Exists(PriceChange.objects.of_next_period("domain"))
    rows = domains_to_renew(day).filter(client_id=client_id).annotate(price_changes_now=changes)
    due = list(rows.order_by("pk"))
    if changed := [domain for domain in due if domain.price_changes_now]:
        apply_to_domains(domains=changed, at=at, actor=actor)
    together: dict[object, list[Domain]] = {}
    for domain in due:
        key = domain.currency_id if current.get("billing.consolidate") else domain.pk
        together.setdefault(key, []).append(domain)
    return [_invoice(client, domains, at, actor).pk for domains in together.values()]


def _invoice(client: Client, domains: list[Domain], at: datetime, actor: Actor) -> Invoice:
    taxation = taxation_for(client, current.business_date(at))
    taxes = taxation.taxes(["domain"] * len(domains))
    home = taxation.home_rate_milli("domain")
    invoice = draft_invoice(
        client=client,
        kind=Invoice.Kind.DOMAIN_RENEWAL,
        currency_code=domains[0].currency_id,
        lines=[
            Line(
                _text(domain),
                domain.recurring_amount,
                tax,
                kind="renewal",
                tax_kind="domain",
                claim=("domain", domain.pk),
                home_rate_milli=home,
            )
            for domain, tax in zip(domains, taxes, strict=True)
        ],
        claims={("domain", domain.pk): _period(domain) for domain in domains},
        prices_include_tax=taxation.prices_include_tax,
        evidence=taxation.evidence,
        notes=taxation.notice,
        at=at,
        actor=actor,
    )
    expiry = min(domain.expiry_date for domain in domains if domain.expiry_date)
    issue_invoice(invoice=invoice, expiry=expiry, at=at, actor=actor)
    return invoice


def _text(domain: Domain) -> str:
    years = "1 year" if domain.term_years == 1 else f"{domain.term_years} years"
    return f"Domain renewal: {domain.domain_name} ({years})"


def _period(domain: Domain) -> tuple[date, date]:
    assert domain.next_due_date is not None  # an active domain is due some day
    return domain.next_due_date, add_months(domain.next_due_date, 12 * domain.term_years)


def carry_out_renewals(event: InvoicePaid, at: datetime, actor: Actor) -> None:
    """Have the registrar renew each domain whose period was paid with this invoice: once for each claim."""
    paid = Claim.objects.filter(
        invoice_id=event.invoice_id, domain__isnull=False, status=Claim.Status.PAID
    )
    for claim in paid.select_related("domain").order_by("pk"):
        renew_claimed(claim=claim, at=at, actor=actor)


def renewals_to_give_up(day: date) -> QuerySet[Claim]:
    """Open renewals of names that cannot be renewed any more: past the days of grace, or no longer ours."""
    over = Q(domain__status__in=["redemption", "cancelled", "transferred_away"])
    over |= life.past_grace(day, "domain__")
    return Claim.objects.filter(over, domain__isnull=False, status=Claim.Status.OPEN)


@transaction.atomic
def give_up_renewal(*, claim: Claim, at: datetime, actor: Actor) -> None:
    """Take back what was claimed for a renewal that did not happen; the period is free again."""
    reason = _("%(name)s was not renewed.") % {"name": claim.domain}
    take_back_claim(claim=claim, reason=reason, at=at, actor=actor)
