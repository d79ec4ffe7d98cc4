"""What a person must know before they answer a client: a line each, with a link (workplace.md)."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from commerce.accounts.models import Client, Erasure
from commerce.accounts.rules import ClientStatus
from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.access import may
from commerce.backoffice.base.pages import Text, page_of
from commerce.backoffice.system.remotes import trouble_of
from commerce.billing.changes.cancellations.rules import CancellationStatus
from commerce.billing.changes.plan_changes.rules import PlanChangeStatus
from commerce.billing.invoices.rules import InvoiceStatus
from commerce.billing.models import CancellationRequest, PlanChange, VatCheck
from commerce.billing.tax.rules import VatAnswer
from commerce.hosting.job_names import remote_name_of_server
from commerce.hosting.models import Service
from commerce.hosting.rules import LIVE_SERVICE_STATUSES
from commerce.jobs.models import RemoteState
from commerce.kit import clock
from commerce.mail.models import OutgoingMail
from commerce.mail.rules import MailStatus
from commerce.orders.models import Order
from commerce.orders.rules import OrderStatus
from commerce.payments.models import Dispute
from commerce.presentation.formats import format_day

BOUNCED_WITHIN = timedelta(days=30)


def client_warnings(request: HttpRequest, client: Client) -> Iterator[Text]:
    """Those about records that the person may see."""
    if client.status == ClientStatus.SUSPENDED:
        yield _("This client is suspended.")
    if erasure := Erasure.objects.for_client(client).open().first():
        day = format_day(erasure.erase_on)
        yield _("Their personal data will be erased on %(date)s.") % {"date": day}
    if may(request, StaffPermission.PAYMENTS_VIEW):
        yield from _first(Dispute.objects.for_client(client).open(), _("A payment is disputed."))
    if _vat_is_wrong(client):
        yield _("The VAT number %(number)s is invalid.") % {"number": client.tax_id}
    yield from _bounced(client)
    if may(request, StaffPermission.ORDERS_VIEW):
        orders = Order.objects.for_client(client)
        paid = orders.filter(status=OrderStatus.PENDING, invoice__status=InvoiceStatus.PAID)
        yield from _first(paid, _("A paid order awaits approval."))
        fraud = orders.filter(status=OrderStatus.FRAUD)
        yield from _first(fraud, _("An order is suspected of fraud."))
    if may(request, StaffPermission.SERVICES_VIEW):
        yield from _requests(client)
        yield from _servers(request, client)


def _link(url: str, words: str) -> SafeString:
    return format_html('<a href="{}">{}</a>', url, words)


def _first(rows: "QuerySet[Any]", words: str) -> Iterator[Text]:
    """The words, with a link to the oldest of these records, if there is one."""
    if record := rows.order_by("pk").first():
        yield _link(page_of(record), words)


def _vat_is_wrong(client: Client) -> bool:
    if not client.tax_id:
        return False
    last = VatCheck.objects.for_client(client).order_by("-checked_at", "-pk").first()
    return last is not None and last.answer == VatAnswer.INVALID


def _bounced(client: Client) -> Iterator[Text]:
    since = clock.now() - BOUNCED_WITHIN
    mails = OutgoingMail.objects.for_client(client).filter(created_at__gte=since)
    addresses = mails.filter(status__in=(MailStatus.BOUNCED, MailStatus.FAILED))
    found = sorted(set(addresses.order_by("-created_at").values_list("recipient", flat=True)[:20]))
    if found:
        words = _("Emails to %(addresses)s come back.") % {"addresses": ", ".join(found)}
        yield _link("?tab=emails", words)


def _requests(client: Client) -> Iterator[Text]:
    cancellations = CancellationRequest.objects.for_client(client)
    pending = cancellations.filter(status=CancellationStatus.PENDING)
    yield from _first(pending, _("A cancellation awaits your decision."))
    changes = PlanChange.objects.for_client(client).filter(status=PlanChangeStatus.PENDING)
    yield from _first(changes, _("A plan change awaits your decision."))


def _servers(request: HttpRequest, client: Client) -> Iterator[Text]:
    """Servers of its services that do not answer."""
    if not RemoteState.objects.filter(silences__gt=0, name__startswith="server ").exists():
        return
    live = Service.objects.for_client(client).filter(status__in=LIVE_SERVICE_STATUSES)
    names = live.filter(server__isnull=False).order_by().values_list("server__name", flat=True)
    for name in names.distinct():
        if trouble := trouble_of(remote_name_of_server(name)):
            can_open = may(request, trouble.page_permission)
            yield _link(trouble.url, trouble.words) if can_open else trouble.words
