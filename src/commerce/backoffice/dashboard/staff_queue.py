"""What needs a person today: each kind of work that waits, with the page where it is done (backoffice.md 3)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, Min, OuterRef, Q, Sum
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext, ngettext_lazy

from commerce.accounts.data_export.rules import EXPORTS_WITHIN, ExportStatus
from commerce.accounts.models import Client, DataExport, Erasure
from commerce.accounts.rules import ClientStatus
from commerce.accounts.staff_rules import StaffPermission, permission_for_job
from commerce.backoffice.dashboard.open_work import Held, WaitingWork, WorkGroup
from commerce.backoffice.reports.tables import list_url, record_url
from commerce.backoffice.settings.setup_access import steps_open_to
from commerce.backoffice.system.remotes import ORDERED_JOBS, troubled_remotes
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
from commerce.jobs.rules import UNFINISHED_STATES, JobStatus
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
from commerce.presentation.labels import Text
from commerce.site_settings.current import business_date, business_zone

DELIVERED_WITHIN = timedelta(minutes=15)
"""What is paid is usually delivered in less; what takes longer is told."""
MOST_UNDELIVERED = 200
_P = StaffPermission


@dataclass(frozen=True, slots=True)
class _Kind:
    """Rows that wait for staff who have a permission; ``lookups`` find them, here and in their list.

    ``since`` is the column of the day or instant since when a row waits; ``currency`` goes with ``amount``.
    """

    key: str
    model: Any
    permission: StaffPermission
    group: WorkGroup
    words: Any
    button: Text
    lookups: Mapping[str, str]
    since: str
    amount: str = ""
    currency: str = "currency"
    answer_by: str = ""

    def waiting(self, held: Held) -> WaitingWork | None:
        """None if nothing waits that a person with these permissions may deal with."""
        if self.permission not in held:
            return None
        figures = {"n": Count("pk"), "first": Min(self.since), "row": Min("pk")}
        figures |= {"due": Min(self.answer_by)} if self.answer_by else {}
        rows = self.model._default_manager.filter(**self.lookups).order_by()
        if self.amount:
            groups = list(rows.values_list(self.currency).annotate(Sum(self.amount)))
            sums = {code: amount for code, amount in groups if code}
            found = rows.aggregate(**figures) if groups else {"n": 0}
        else:
            sums, found = {}, rows.aggregate(**figures)
        return self._work(found, sums)

    def _work(self, found: Mapping[str, Any], sums: Mapping[str, int]) -> WaitingWork | None:
        if not (count := found["n"]):
            return None
        url = record_url(self.model, found["row"]) if count == 1 else ""
        return WaitingWork(
            self.key,
            self.group,
            self.words % {"count": count},
            url or list_url(self.model, **self.lookups),
            self.button,
            count,
            sums,
            _day(found["first"]),
            found.get("due"),
        )


class _Jobs(_Kind):
    """Jobs, of which each person decides about those of their own work."""

    def waiting(self, held: Held) -> WaitingWork | None:
        if self.permission not in held:
            return None
        rows = Job.objects.filter(**self.lookups).order_by().values_list("subject_kind")
        kinds = {
            kind: rest for kind, *rest in rows.annotate(Count("pk"), Min("created_at"), Min("pk"))
        }
        own = {kind: rest for kind, rest in kinds.items() if permission_for_job(kind) in held}
        if not own:
            return None
        work = self._work(
            {
                "n": sum(count for count, _first, _row in own.values()),
                "first": min(first for _count, first, _row in own.values()),
                "row": min(row for _count, _first, row in own.values()),
            },
            {},
        )
        if work is None or work.count == 1 or len(own) == len(kinds):
            return work
        lookups = {**self.lookups, "subject_kind__in": ",".join(sorted(own))}
        return replace(work, url=list_url(Job, **lookups))


def _day(since: date | datetime | None) -> date | None:
    return since.astimezone(business_zone()).date() if isinstance(since, datetime) else since


_KINDS = (
    _Kind(
        "orders to approve",
        Order,
        _P.ORDERS_MANAGE,
        WorkGroup.UNDELIVERED,
        ngettext_lazy(
            "%(count)s paid order to approve", "%(count)s paid orders to approve", "count"
        ),
        _lazy("Approve"),
        {"status": OrderStatus.PENDING, "invoice__status": InvoiceStatus.PAID},
        "created_at",
        "total",
    ),
    _Kind(
        "orders of fraud",
        Order,
        _P.ORDERS_MANAGE,
        WorkGroup.TO_DECIDE,
        ngettext_lazy(
            "%(count)s order suspected of fraud", "%(count)s orders suspected of fraud", "count"
        ),
        _lazy("Review"),
        {"status": OrderStatus.FRAUD},
        "created_at",
        "total",
    ),
    _Jobs(
        "jobs",
        Job,
        _P.SERVICES_VIEW,
        WorkGroup.TO_DECIDE,
        ngettext_lazy(
            "%(count)s task that needs attention", "%(count)s tasks that need attention", "count"
        ),
        _lazy("Open"),
        {"status": JobStatus.PARKED},
        "created_at",
    ),
    _Kind(
        "plan changes",
        PlanChange,
        _P.SERVICES_MANAGE,
        WorkGroup.TO_DECIDE,
        ngettext_lazy(
            "%(count)s plan change to approve", "%(count)s plan changes to approve", "count"
        ),
        _lazy("Approve"),
        {"status": PlanChangeStatus.PENDING},
        "created_at",
    ),
    _Kind(
        "cancellations",
        CancellationRequest,
        _P.SERVICES_MANAGE,
        WorkGroup.TO_DECIDE,
        ngettext_lazy(
            "%(count)s cancellation to approve", "%(count)s cancellations to approve", "count"
        ),
        _lazy("Approve"),
        {"status": CancellationStatus.PENDING},
        "created_at",
    ),
    _Kind(
        "consumer statements",
        ConsumerStatement,
        _P.ORDERS_MANAGE,
        WorkGroup.TO_DECIDE,
        ngettext_lazy(
            "%(count)s consumer statement to decide",
            "%(count)s consumer statements to decide",
            "count",
        ),
        _lazy("Decide"),
        {"status": StatementStatus.RECEIVED},
        "made_at",
    ),
    _Kind(
        "disputes",
        Dispute,
        _P.PAYMENTS_MANAGE,
        WorkGroup.MONEY,
        ngettext_lazy("%(count)s open dispute", "%(count)s open disputes", "count"),
        _lazy("Respond"),
        {"status": DisputeStatus.OPEN},
        "opened_at",
        "amount",
        "payment__currency",
        "due_by",
    ),
    _Kind(
        "transfer notices",
        TransferNotice,
        _P.INVOICES_RECORD_PAYMENT,
        WorkGroup.MONEY,
        ngettext_lazy(
            "%(count)s bank transfer to confirm", "%(count)s bank transfers to confirm", "count"
        ),
        _lazy("Confirm"),
        {"status": TransferNoticeStatus.OPEN},
        "submitted_at",
    ),
    _Kind(
        "unallocated payments",
        UnallocatedPayment,
        _P.PAYMENTS_MANAGE,
        WorkGroup.MONEY,
        ngettext_lazy("%(count)s unallocated payment", "%(count)s unallocated payments", "count"),
        _lazy("Assign"),
        {"status": UnallocatedPaymentStatus.OPEN},
        "received_on",
        "amount",
        "currency_code",
    ),
    _Kind(
        "gateway events",
        GatewayEvent,
        _P.PAYMENTS_MANAGE,
        WorkGroup.MONEY,
        ngettext_lazy(
            "%(count)s payment gateway event that couldn't be processed",
            "%(count)s payment gateway events that couldn't be processed",
            "count",
        ),
        _lazy("Open"),
        {"status": GatewayEventStatus.PARKED},
        "received_at",
    ),
)


def setup_left(request: HttpRequest, today: date) -> Iterator[WaitingWork]:
    """What an order from beginning to end still lacks, for whoever may set it up."""
    if steps := steps_open_to(request):
        for part in missing_parts(today):
            if part.step in steps:
                url = _step_url(part.step)
                yield WaitingWork(f"setup {part.step}", WorkGroup.GAPS, str(part.text), url)


def _step_url(step: SetupStep) -> str:
    try:
        return reverse("admin:setup_step", args=[step])
    except NoReverseMatch:
        return ""


def waiting_work(held: Held) -> Iterator[WaitingWork]:
    """What waits that a person with these permissions may deal with."""
    if work := _undelivered(held):
        yield work
    for kind in _KINDS:
        if found := kind.waiting(held):
            yield found
    for remote in troubled_remotes(held):
        url = remote.url if remote.page_permission in held else ""
        key, since = f"remote {remote.state.name}", _day(remote.state.since)
        yield WaitingWork(
            key, WorkGroup.NOT_WORKING, remote.words, url, _lazy("Open"), oldest=since
        )
    if StaffPermission.DOMAINS_MANAGE in held:
        yield from _missing_domains()
    if StaffPermission.SETTINGS_MANAGE in held:
        yield from _cards_at_rest()
    if StaffPermission.CLIENTS_ERASE in held:
        yield from _requests_of_persons()


def _undelivered(held: Held) -> WaitingWork | None:
    """Orders that are active, while something of them could not be set up for a quarter of an hour."""
    if StaffPermission.ORDERS_VIEW not in held:
        return None
    late = Job.objects.filter(
        status__in=UNFINISHED_STATES,
        action__in=ORDERED_JOBS,
        created_at__lt=clock.now() - DELIVERED_WITHIN,
    )
    jobs = late.order_by("pk").values_list("subject_kind", "subject_id", "created_at")
    waiting = list(jobs[:MOST_UNDELIVERED])
    if not waiting:
        return None
    ids: dict[str, list[int]] = {"service": [], "domain": []}
    for kind, pk, _created in waiting:
        ids.setdefault(kind, []).append(pk)
    of_orders = Q(items__units__service__in=ids["service"]) | Q(
        items__units__domain__in=ids["domain"]
    )
    orders = Order.objects.filter(of_orders, status=OrderStatus.ACTIVE).distinct().order_by("pk")
    found = list(orders.values_list("pk", "currency", "total"))
    if not found:
        return None
    sums: dict[str, int] = {}
    for _pk, code, total in found:
        sums[code] = sums.get(code, 0) + total
    count, only = len(found), ",".join(str(pk) for pk, _code, _total in found)
    text = ngettext("%(count)s order not delivered", "%(count)s orders not delivered", count)
    url = record_url(Order, found[0][0]) if count == 1 else list_url(Order, id__in=only)
    oldest = _day(min(created for _kind, _pk, created in waiting))
    return WaitingWork(
        "orders not delivered",
        WorkGroup.UNDELIVERED,
        text % {"count": count},
        url,
        _("Open"),
        count,
        sums,
        oldest,
    )


def _cards_at_rest() -> Iterator[WaitingWork]:
    """Gateways whose saved cards are of another account than the one that is used."""
    for slug, count in cards_at_rest_by_gateway().items():
        words = {"gateway": gateway_name(slug), "count": count}
        text = ngettext(
            "%(count)s saved payment method of another account at %(gateway)s",
            "%(count)s saved payment methods of another account at %(gateway)s",
            count,
        )
        url = reverse("admin:gateway", args=[slug])
        key = f"cards at rest {slug}"
        yield WaitingWork(key, WorkGroup.MONEY, text % words, url, _("Open"), count)


def _requests_of_persons() -> Iterator[WaitingWork]:
    """Erasures that something stands in the way of, and exports that failed and were not asked for again."""
    for erasure in Erasure.objects.blocked().select_related("client").order_by("pk"):
        text = _("Erasure of the data of %(client)s is blocked")
        yield _about_client(f"erasure {erasure.pk}", text, erasure.client)
    later = DataExport.objects.filter(client=OuterRef("client"), pk__gt=OuterRef("pk"))
    failed = DataExport.objects.filter(
        ~Exists(later), status=ExportStatus.FAILED, requested_at__gt=clock.now() - EXPORTS_WITHIN
    )
    for export in failed.defer("content").select_related("client").order_by("pk"):
        if export.client.status != ClientStatus.CLOSED:
            text = _("Data export for %(client)s failed")
            yield _about_client(f"export {export.pk}", text, export.client)


def _about_client(key: str, text: str, client: Client) -> WaitingWork:
    words = text % {"client": client.company or client.name}
    url = record_url(Client, client.pk)
    return WaitingWork(key, WorkGroup.TO_DECIDE, words, url, _("Open client"))


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
            key = f"domains missing {brake.registrar}"
            yield WaitingWork(key, WorkGroup.NOT_WORKING, text % words, url, _("Compare"), count)
