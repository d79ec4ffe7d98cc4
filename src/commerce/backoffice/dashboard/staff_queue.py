"""What needs a person today: each kind of work that waits for staff, with the list of it (backoffice.md 3)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, ngettext_lazy

from commerce.accounts.data_export.rules import EXPORTS_WITHIN, ExportStatus
from commerce.accounts.models import Client, DataExport, Erasure
from commerce.accounts.rules import ClientStatus
from commerce.accounts.staff_rules import StaffPermission, permission_for_job
from commerce.backoffice.reports.tables import list_url, record_url
from commerce.backoffice.settings.setup_access import steps_open_to
from commerce.backoffice.system.remotes import troubled_remotes
from commerce.billing.changes.cancellations.rules import CancellationStatus
from commerce.billing.changes.plan_changes.rules import PlanChangeStatus
from commerce.billing.invoices.rules import InvoiceStatus
from commerce.billing.models import CancellationRequest, PlanChange
from commerce.consumers.models import ConsumerStatement
from commerce.consumers.rules import StatementStatus
from commerce.domains.models import RegistrarBrake
from commerce.domains.registrars.brakes import missing_names
from commerce.domains.registrars.registry import REGISTRAR_CLASSES
from commerce.first_setup.missing import SetupStep, missing_parts
from commerce.jobs.models import Job
from commerce.jobs.rules import JobStatus
from commerce.kit import clock
from commerce.orders.models import Order
from commerce.orders.rules import OrderStatus
from commerce.payments.gateways.accounts_in_use import cards_at_rest_by_gateway
from commerce.payments.gateways.registry import gateway_name
from commerce.payments.models import Dispute, GatewayEvent, TransferNotice, UnallocatedPayment
from commerce.payments.rules import (
    DisputeStatus,
    GatewayEventStatus,
    TransferNoticeStatus,
    UnallocatedPaymentStatus,
)
from commerce.site_settings.current import business_date

type Held = frozenset[StaffPermission]
"""The permissions of a person."""


@dataclass(frozen=True, slots=True)
class WaitingWork:
    """Work of one kind: how much there is, in words, and the list of it."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class _Kind:
    """Rows that wait for staff who have a permission; ``lookups`` find them, here and in their list."""

    model: Any
    permission: StaffPermission
    words: Any
    lookups: dict[str, str]

    def waiting(self, held: Held) -> WaitingWork | None:
        """None if nothing waits that a person with these permissions may deal with."""
        if self.permission not in held:
            return None
        rows = self.model._default_manager.filter(**self.lookups)
        return self._work(rows.order_by().count(), self.lookups)

    def _work(self, count: int, lookups: dict[str, str]) -> WaitingWork | None:
        if not count:
            return None
        return WaitingWork(self.words % {"count": count}, list_url(self.model, **lookups))


class _Jobs(_Kind):
    """Jobs, of which each person decides about those of their own work."""

    def waiting(self, held: Held) -> WaitingWork | None:
        if self.permission not in held:
            return None
        rows = Job.objects.filter(**self.lookups).order_by().values_list("subject_kind")
        counts = dict(rows.annotate(Count("pk")))
        own = [kind for kind in counts if permission_for_job(kind) in held]
        lookups = dict(self.lookups)
        if len(own) < len(counts):
            lookups["subject_kind__in"] = ",".join(sorted(own))
        return self._work(sum(counts[kind] for kind in own), lookups)


_KINDS = (
    _Kind(
        Order,
        StaffPermission.ORDERS_MANAGE,
        ngettext_lazy(
            "%(count)s paid order to approve", "%(count)s paid orders to approve", "count"
        ),
        {"status": OrderStatus.PENDING, "invoice__status": InvoiceStatus.PAID},
    ),
    _Kind(
        Order,
        StaffPermission.ORDERS_MANAGE,
        ngettext_lazy(
            "%(count)s order suspected of fraud", "%(count)s orders suspected of fraud", "count"
        ),
        {"status": OrderStatus.FRAUD},
    ),
    _Kind(
        PlanChange,
        StaffPermission.SERVICES_MANAGE,
        ngettext_lazy(
            "%(count)s plan change to approve", "%(count)s plan changes to approve", "count"
        ),
        {"status": PlanChangeStatus.PENDING},
    ),
    _Kind(
        CancellationRequest,
        StaffPermission.SERVICES_MANAGE,
        ngettext_lazy(
            "%(count)s cancellation to approve", "%(count)s cancellations to approve", "count"
        ),
        {"status": CancellationStatus.PENDING},
    ),
    _Kind(
        ConsumerStatement,
        StaffPermission.ORDERS_MANAGE,
        ngettext_lazy(
            "%(count)s consumer statement to decide",
            "%(count)s consumer statements to decide",
            "count",
        ),
        {"status": StatementStatus.RECEIVED},
    ),
    _Jobs(
        Job,
        StaffPermission.SERVICES_VIEW,
        ngettext_lazy(
            "%(count)s task that needs attention", "%(count)s tasks that need attention", "count"
        ),
        {"status": JobStatus.PARKED},
    ),
    _Kind(
        TransferNotice,
        StaffPermission.INVOICES_RECORD_PAYMENT,
        ngettext_lazy(
            "%(count)s bank transfer to confirm", "%(count)s bank transfers to confirm", "count"
        ),
        {"status": TransferNoticeStatus.OPEN},
    ),
    _Kind(
        UnallocatedPayment,
        StaffPermission.PAYMENTS_MANAGE,
        ngettext_lazy("%(count)s unallocated payment", "%(count)s unallocated payments", "count"),
        {"status": UnallocatedPaymentStatus.OPEN},
    ),
    _Kind(
        Dispute,
        StaffPermission.PAYMENTS_MANAGE,
        ngettext_lazy("%(count)s open dispute", "%(count)s open disputes", "count"),
        {"status": DisputeStatus.OPEN},
    ),
    _Kind(
        GatewayEvent,
        StaffPermission.PAYMENTS_MANAGE,
        ngettext_lazy(
            "%(count)s payment gateway event that couldn't be processed",
            "%(count)s payment gateway events that couldn't be processed",
            "count",
        ),
        {"status": GatewayEventStatus.PARKED},
    ),
)


def setup_left(request: HttpRequest, today: date) -> Iterator[WaitingWork]:
    """What an order from beginning to end still lacks, for whoever may set it up."""
    if steps := steps_open_to(request):
        for part in missing_parts(today):
            if part.step in steps:
                yield WaitingWork(str(part.text), _step_url(part.step))


def _step_url(step: SetupStep) -> str:
    try:
        return reverse("admin:setup_step", args=[step])
    except NoReverseMatch:
        return ""


def waiting_work(held: Held) -> Iterator[WaitingWork]:
    """What waits that a person with these permissions may deal with."""
    for kind in _KINDS:
        if found := kind.waiting(held):
            yield found
    for remote in troubled_remotes(held):
        yield WaitingWork(remote.words, remote.url if remote.page_permission in held else "")
    if StaffPermission.DOMAINS_MANAGE in held:
        yield from _missing_domains()
    if StaffPermission.SETTINGS_MANAGE in held:
        yield from _cards_at_rest()
    if StaffPermission.CLIENTS_ERASE in held:
        yield from _requests_of_persons()


def _cards_at_rest() -> Iterator[WaitingWork]:
    """Gateways whose saved cards are of another account than the one that is used."""
    for slug, count in cards_at_rest_by_gateway().items():
        words = {"gateway": gateway_name(slug), "count": count}
        text = ngettext(
            "%(count)s saved payment method of another account at %(gateway)s",
            "%(count)s saved payment methods of another account at %(gateway)s",
            count,
        )
        yield WaitingWork(text % words, reverse("admin:gateway", args=[slug]))


def _requests_of_persons() -> Iterator[WaitingWork]:
    """Erasures that something stands in the way of, and exports that failed and were not asked for again."""
    for erasure in Erasure.objects.blocked().select_related("client").order_by("pk"):
        text = _("Erasure of the data of %(client)s is blocked")
        yield _about_client(text, erasure.client)
    later = DataExport.objects.filter(client=OuterRef("client"), pk__gt=OuterRef("pk"))
    failed = DataExport.objects.filter(
        ~Exists(later), status=ExportStatus.FAILED, requested_at__gt=clock.now() - EXPORTS_WITHIN
    )
    for export in failed.defer("content").select_related("client").order_by("pk"):
        if export.client.status != ClientStatus.CLOSED:
            text = _("Data export for %(client)s failed")
            yield _about_client(text, export.client)


def _about_client(text: str, client: Client) -> WaitingWork:
    name = client.company or client.name
    return WaitingWork(text % {"client": name}, record_url(Client, client.pk))


def _missing_domains() -> Iterator[WaitingWork]:
    """Registrars at which too many names are missing, so that none ends."""
    today = business_date(clock.now())
    for brake in RegistrarBrake.objects.filter(released_at=None).order_by("registrar"):
        if brake.registrar in REGISTRAR_CLASSES:
            count = missing_names(brake.registrar, today).count()
            words = {"registrar": REGISTRAR_CLASSES[brake.registrar].name, "count": count}
            url = reverse("admin:registrar_domains", args=[brake.registrar])
            text = ngettext(
                "%(count)s domain missing at %(registrar)s",
                "%(count)s domains missing at %(registrar)s",
                count,
            )
            yield WaitingWork(text % words, url)
