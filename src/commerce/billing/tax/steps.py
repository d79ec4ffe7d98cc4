"""Before the run bills: answers about VAT numbers that it needs, and countries for which it has no rate."""

from django.db.models import Q, QuerySet
from django.utils.functional import lazy

from commerce.accounts.models import Client
from commerce.accounts.recipients import send_staff_email
from commerce.billing.periods.actions.domain_renewals import domains_due_for_renewal
from commerce.billing.periods.actions.renewals import services_due_for_renewal
from commerce.billing.periods.dunning_steps import find_invoices_for_taxed_fees
from commerce.billing.tax.accounting import rate_gaps
from commerce.billing.tax.actions import clients_with_old_vat_check, renew_vat_check
from commerce.billing.tax.emails import is_missing_rate_told, send_books_rate_missing_email
from commerce.billing.tax.queries import countries_without_rate
from commerce.kit.context import Context
from commerce.presentation.formats import country_names
from commerce.runs.report import StepReport
from commerce.runs.step import RunDay, StepCounts


def find_clients_to_check(day: RunDay) -> QuerySet[Client]:
    """Clients whom this run bills, as far as their invoice needs a newer answer about their VAT number."""
    services = services_due_for_renewal(day.date).filter(amount__gt=0).order_by()
    billed = Client.objects.filter(
        Q(pk__in=services.values("client_id"))
        | Q(pk__in=domains_due_for_renewal(day.date).values("client_id"))
        | Q(pk__in=find_invoices_for_taxed_fees(day).values("client_id"))
    )
    return Client.objects.filter(pk__in=list(clients_with_old_vat_check(billed, day.date)))


def check_vat_number_of(client_id: int, day: RunDay) -> StepCounts:
    """Ask about one of them, once for each number and day."""
    answer = renew_vat_check(client_id=client_id, day=day.date, ctx=Context(day.at, day.actor))
    return {answer: 1} if answer else {}


def look_for_tax_gaps(day: RunDay, report: StepReport) -> None:
    """What tax lacks before the run invoices: rules of countries, and rates to the currency of the books."""
    send_missing_tax_rule_emails(day, report)
    rules, report.outcome = report.outcome, ""
    send_missing_exchange_rate_emails(day, report)
    report.outcome = "; ".join(text for text in (rules, report.outcome) if text)


def send_missing_exchange_rate_emails(day: RunDay, report: StepReport) -> None:
    """Staff hear once of a rate that is missing or has become too old; of invoices that lack it, on each day that
    brings some (``issue_locked_draft``).
    """
    gaps = [gap.rate for gap in rate_gaps(day.date)]
    for gap in gaps:
        if not is_missing_rate_told(gap):
            send_books_rate_missing_email(gap, day=day.date, at=day.at)
    if gaps:
        pairs = ", ".join(f"{gap.currency} to {gap.books}" for gap in gaps)
        report.outcome = f"no current exchange rate from {pairs}"


def send_missing_tax_rule_emails(day: RunDay, report: StepReport) -> None:
    """Staff hear once a day in which countries clients live whose tax no rule says (billing.md 5.1)."""
    countries = countries_without_rate(day.date)
    if not countries:
        return
    report.outcome = f"no tax rule for {', '.join(countries)}"
    send_staff_email(
        event="tax_rule_missing",
        idempotency_key=f"{day.date}",
        page="tax-rules",
        values={"countries": lazy(country_names, str)(countries)},
        at=day.at,
    )
