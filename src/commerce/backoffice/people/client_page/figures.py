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
from commerce.billing.reports.upcoming_charges import (
    MAX_SUMMED,
    RecurringCharge,
    charges_by_currency,
    domain_charges,
    service_charges,
)
from commerce.billing.tax.shown_amounts import amounts_shown_to
from commerce.catalog.rules import ProductType
from commerce.domains.models import Domain
from commerce.hosting.models import Service
from commerce.kit.periods import add_months
from commerce.payments.models import SavedCard
from commerce.presentation.amounts import format_money
from commerce.presentation.formats import format_day
from commerce.presentation.labels import Text
from commerce.site_settings.current import get_setting

_DOMAIN_DAYS = "domains.renewal_advance_days"


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
    charges = _charges(request, client, today)
    if charges is not None:
        yield _next_bill(charges, today)
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


def _charges(request: HttpRequest, client: Client, today: date) -> list[RecurringCharge] | None:
    """What its services and domains cost; None where that is too much to add up for a page, or not for this person."""
    shown, found = amounts_shown_to(client, today), []
    if not may(request, StaffPermission.SERVICES_VIEW):
        return None
    services = Service.objects.for_client(client)
    if services[: MAX_SUMMED + 1].count() > MAX_SUMMED:
        return None
    found += service_charges(client, services, shown)
    if may(request, StaffPermission.DOMAINS_VIEW):
        found += domain_charges(client, Domain.objects.for_client(client), shown)
    return found


def _next_bill(charges: list[RecurringCharge], today: date) -> ClientFigure:
    """The next day on which the daily run issues an invoice, and what it will come to."""
    days = [(_issued_on(one, today), one) for one in charges]
    if not days:
        return ClientFigure(_("Next invoice"), [], tab="services")
    first = min(day for day, _charge in days)
    sums: defaultdict[str, int] = defaultdict(int)
    for day, charge in days:
        if day == first:
            sums[charge.currency_code] += charge.total
    amounts = [format_money(amount, code) for code, amount in sorted(sums.items())]
    return ClientFigure(_("Next invoice"), amounts, format_day(first), tab="services")


def _issued_on(charge: RecurringCharge, today: date) -> date:
    """The day after today on which the next period that has no invoice yet gets one."""
    is_domain = charge.tax_kind == ProductType.DOMAIN
    days = get_setting(_DOMAIN_DAYS if is_domain else "billing.invoice_advance_days")
    count, ahead = 0, timedelta(days=days)
    while (day := add_months(charge.due, count) - ahead) <= today:
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
