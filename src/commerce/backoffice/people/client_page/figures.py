"""What stands first on a client's page: five figures, each a link (workplace.md)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.http import HttpRequest
from django.utils.translation import gettext as _

from commerce.accounts.models import Client
from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.access import may
from commerce.billing.invoices.rules import InvoiceStatus
from commerce.billing.models import CreditAccount, Invoice
from commerce.billing.periods.actions.domain_renewals import domains_due_for_renewal
from commerce.billing.periods.actions.renewals import services_due_for_renewal
from commerce.billing.reports.upcoming_charges import (
    MAX_SUMMED,
    RecurringCharge,
    charges_by_currency,
    domain_charges,
    service_charges,
)
from commerce.billing.tax.shown_amounts import ShownAmounts, amounts_shown_to
from commerce.domains.deadlines import renewal_advance_days
from commerce.domains.models import Domain
from commerce.hosting.models import Service
from commerce.kit.periods import add_months
from commerce.payments.models import SavedCard
from commerce.presentation.amounts import format_money
from commerce.presentation.formats import format_day
from commerce.presentation.labels import Text
from commerce.runs.due import next_step_day
from commerce.site_settings.current import get_setting

_SERVICE_DAYS = "billing.invoice_advance_days"


@dataclass(frozen=True, slots=True)
class ClientFigure:
    """One of them: its words, what it says, a note below it, and where it leads."""

    label: Text
    values: list[str]
    note: Text = ""
    tab: str = "billing"
    is_late: bool = False


def client_figures(
    request: HttpRequest, client: Client, owed: list[Invoice], today: date
) -> Iterator[ClientFigure]:
    """Those that the person may see; ``owed`` are the open invoices."""
    if may(request, StaffPermission.INVOICES_VIEW):
        yield _owed(owed)
    shown = amounts_shown_to(client, today)
    charges = _charges(request, client, shown)
    if charges is not None:
        yield _next_invoice(client, charges, shown, today)
    if may(request, StaffPermission.INVOICES_VIEW):
        accounts = CreditAccount.objects.for_client(client).exclude(balance=0)
        rows = accounts.order_by("currency_id").values_list("balance", "currency_id")
        yield ClientFigure(_("Credit balance"), [format_money(*row) for row in rows])
    if charges is not None:
        monthly = charges_by_currency(charges, today)
        values = [format_money(one.monthly, one.currency_code) for one in monthly]
        yield ClientFigure(_("Monthly value"), values, tab="services")
    if may(request, StaffPermission.PAYMENTS_VIEW):
        yield _card(client)


def _owed(rows: list[Invoice]) -> ClientFigure:
    late = [one for one in rows if one.status == InvoiceStatus.OVERDUE]
    note = _("%(amounts)s overdue") % {"amounts": ", ".join(_sums(late))} if late else ""
    return ClientFigure(_("Amount due"), _sums(rows), note, is_late=bool(late))


def _sums(rows: Iterable[Invoice]) -> list[str]:
    sums: defaultdict[str, int] = defaultdict(int)
    for row in rows:
        sums[row.currency_id] += row.amount_due
    return [format_money(amount, code) for code, amount in sorted(sums.items())]


def _charges(
    request: HttpRequest, client: Client, shown: ShownAmounts
) -> list[RecurringCharge] | None:
    """What its services and domains cost; None where that is too much to add up for a page, or not for this person."""
    if not may(request, StaffPermission.SERVICES_VIEW):
        return None
    services = Service.objects.for_client(client)
    if services[: MAX_SUMMED + 1].count() > MAX_SUMMED:
        return None
    found = service_charges(client, services, shown)
    if may(request, StaffPermission.DOMAINS_VIEW):
        found += domain_charges(client, Domain.objects.for_client(client), shown)
    return found


def _next_invoice(
    client: Client,
    charges: list[RecurringCharge],
    shown: ShownAmounts,
    today: date,
) -> ClientFigure:
    """The next day on which the daily run issues an invoice, and what it will come to."""
    run_day, label = next_step_day("renew", today), _("Next invoice")
    first, of_first = run_day, []
    ahead = {tld: _days_ahead(tld) for tld in {one.tld for one in charges}}
    may_be_due = {bool(one.tld) for one in charges if one.due - ahead[one.tld] <= run_day}
    if False in may_be_due:
        services = services_due_for_renewal(run_day).filter(client=client)
        of_first += service_charges(client, services.order_by(), shown)
    if True in may_be_due:
        domains = domains_due_for_renewal(run_day).filter(client=client)
        of_first += domain_charges(client, domains, shown)
    if not of_first:
        # What is due by then has its invoice: of that, the period after it is the next one.
        days = [(_issued_after(run_day, one, ahead[one.tld]), one) for one in charges]
        first = min((day for day, _charge in days), default=run_day)
        of_first = [charge for day, charge in days if day == first]
    nets: defaultdict[tuple[str, str], int] = defaultdict(int)
    for charge in of_first:
        nets[charge.currency_code, charge.tax_kind] += charge.net
    sums: defaultdict[str, int] = defaultdict(int)
    for (code, kind), net in nets.items():
        sums[code] += shown.total(kind, net)
    amounts = [format_money(amount, code) for code, amount in sorted(sums.items())]
    return ClientFigure(label, amounts, format_day(first) if amounts else "", tab="services")


def _days_ahead(tld: str) -> timedelta:
    """How long before the due day of a domain, or of a service without a TLD, its invoice is issued."""
    return timedelta(days=renewal_advance_days(tld) if tld else get_setting(_SERVICE_DAYS))


def _issued_after(last: date, charge: RecurringCharge, ahead: timedelta) -> date:
    """The day on which the first invoice of its next periods is issued that comes after this one."""
    count = 0
    while (day := add_months(charge.due, count) - ahead) <= last:
        count += charge.months
    return day


def _card(client: Client) -> ClientFigure:
    """The saved card that pays by itself, or why none does."""
    label = _("Autopay")
    card = SavedCard.objects.for_client(client).kept().filter(is_default=True).first()
    if card is None:
        return ClientFigure(label, [_("No saved card")])
    if card.stopped_at:
        return ClientFigure(label, [card.name], card.failure or _("Declined"), is_late=True)
    if not client.autopay:
        return ClientFigure(label, [card.name], _("Autopay is off."))
    ends = card.expires_on
    note = _("Expires %(date)s") % {"date": format_day(ends)} if ends else ""
    return ClientFigure(label, [card.name], note)
