"""Before the run bills: answers about VAT numbers that it needs, and countries for which it has no rate."""

from django.db.models import Q, QuerySet

from commerce.accounts.models import Client
from commerce.accounts.recipients import tell_staff
from commerce.billing import actions
from commerce.billing.actions.domain_renewals import domains_to_renew
from commerce.billing.daily.dunning import find_taxed_fees
from commerce.billing.daily.report import StepReport
from commerce.billing.daily.step import Counts, Day
from commerce.billing.tax import lacking, renew_check, vat_due


def find_vat(day: Day) -> QuerySet[Client]:
    """Clients whom this run bills, as far as their invoice needs a newer answer about their VAT number."""
    services = actions.due_services(day.date).filter(amount__gt=0).order_by()
    billed = Client.objects.filter(
        Q(pk__in=services.values("client_id"))
        | Q(pk__in=domains_to_renew(day.date).values("client_id"))
        | Q(pk__in=find_taxed_fees(day).values("client_id"))
    )
    return Client.objects.filter(pk__in=list(vat_due(billed, day.date)))


def check_vat(client_id: int, day: Day) -> Counts:
    """Ask about one of them, once for each number and day."""
    answer = renew_check(client_id=client_id, day=day.date, at=day.at, actor=day.actor)
    return {answer: 1} if answer else {}


def tell_of_missing_rules(day: Day, report: StepReport) -> None:
    """Staff hear once a day in which countries clients live whose tax no rule says (billing.md 5.1)."""
    countries = ", ".join(lacking(day.date))
    if not countries:
        return
    report.said = f"no tax rule for {countries}"
    tell_staff(
        permission="settings.manage",
        event="tax_rule_missing",
        once=f"{day.date}",
        values={"countries": countries},
        at=day.at,
    )
