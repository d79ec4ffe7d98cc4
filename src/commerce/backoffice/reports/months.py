"""`/admin/months`: months of the books, what of them is still open, and the files of those that are closed."""

import gzip
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_safe

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.acts import act_button
from commerce.backoffice.base.pages import MenuGroup, Page, PageRule, Text
from commerce.backoffice.base.panels import Panel
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.lists.columns import Column, columns_of, instant_column
from commerce.backoffice.lists.export import note_export
from commerce.backoffice.lists.filters import status_filter
from commerce.backoffice.reports.tables import list_url
from commerce.billing.invoices.rules import InvoiceStatus
from commerce.billing.models import BooksFile, BooksMonth, Invoice
from commerce.billing.records import BOOKS_MONTH_FIELDS
from commerce.payments.models import GatewayEvent, Refund, TransferNotice, UnallocatedPayment
from commerce.payments.month_closing.figures import (
    FIGURES,
    UNFINISHED_EVENTS,
    month_figures,
    month_gaps,
)
from commerce.payments.rules import RefundStatus, TransferNoticeStatus, UnallocatedPaymentStatus
from commerce.presentation.amounts import format_money
from commerce.presentation.formats import format_month
from commerce.record_acts.money import BOOKS_MONTH_ACTS

_MONEY = (StaffPermission.REPORTS_CLOSE, StaffPermission.REPORTS_MONEY)
GAP_LABELS: Mapping[str, Text] = {
    "without_rate": _("Invoices without their tax in your accounting currency"),
    "without_pdf": _("Invoices without a PDF"),
    "drafts": _("Draft invoices"),
    "unallocated": _("Payments without an invoice"),
    "transfers": _("Transfers that clients reported"),
    "gateway_events": _("Gateway events that aren't processed"),
    "refunds": _("Refunds that the gateway hasn't accepted"),
}
"""What of a month is still open."""
FIGURE_LABELS: Mapping[str, Text] = {
    "invoiced": _("Invoices, net"),
    "invoiced_tax": _("Invoices, tax"),
    "credited": _("Credit notes, net"),
    "credited_tax": _("Credit notes, tax"),
    "received": _("Received"),
    "refunded": _("Refunded"),
    "reversed": _("Reversed"),
    "owed": _("Owed at the end of the month"),
    "credit": _("Credit at the end of the month"),
}
"""What is summed of a month."""
FILE_LABELS: Mapping[str, Text] = {
    "documents": _("Invoices and credit notes"),
    "payments": _("Payments and refunds"),
    "tax": _("Tax"),
}


@dataclass(frozen=True, slots=True)
class _Gap:
    name: str
    count: int
    url: str

    @property
    def linked(self) -> Any:
        """Its words, which lead to the list that it was counted from."""
        label = GAP_LABELS[self.name]
        return format_html('<a href="{}">{}</a>', self.url, label) if self.url else label


def _gap_urls(month: BooksMonth) -> dict[str, str]:
    span = f"first={month.month}&last={month.last_day}"
    return {
        "without_rate": f"{reverse('admin:report', args=['tax-without-rate'])}?{span}",
        "drafts": list_url(Invoice, status=InvoiceStatus.DRAFT),
        "unallocated": list_url(UnallocatedPayment, status=UnallocatedPaymentStatus.OPEN),
        "transfers": list_url(TransferNotice, status=TransferNoticeStatus.OPEN),
        "gateway_events": list_url(GatewayEvent, status__in=",".join(UNFINISHED_EVENTS)),
        "refunds": list_url(Refund, status=RefundStatus.REQUESTED),
    }


def _gaps(month: BooksMonth) -> list[_Gap]:
    """What is open now; of a closed month what was open then."""
    urls = _gap_urls(month)
    gaps = month.gaps if month.closed_at else month_gaps(month)
    return [_Gap(name, count, urls.get(name, "")) for name, count in gaps.items()]


@dataclass(frozen=True, slots=True)
class _Figure:
    label: Text
    now: str
    then: str
    is_other: bool

    @property
    def difference(self) -> str:
        """Said where a figure has changed since."""
        return _t("Changed since") if self.is_other else ""


def _figures(month: BooksMonth) -> list[_Figure]:
    """What was summed when it was closed, and what the same comes to now."""
    return list(_each_figure(month.figures, month_figures(month)))


def _each_figure(
    then: Mapping[str, Mapping[str, int]], now: Mapping[str, Mapping[str, int]]
) -> Iterator[_Figure]:
    for code in sorted({*then, *now}):
        for name in FIGURES:
            was, is_now = then.get(code, {}).get(name, 0), now.get(code, {}).get(name, 0)
            if was or is_now:
                yield _Figure(
                    FIGURE_LABELS[name],
                    format_money(is_now, code),
                    format_money(was, code) if then else "–",
                    bool(then) and was != is_now,
                )


def _file_link(file: BooksFile) -> Any:
    url = reverse("admin:books_file", args=[file.pk])
    return format_html('<a href="{}">{}</a>', url, FILE_LABELS.get(file.name, file.name))


class BooksMonthAdmin(RecordAdmin):
    """Months that are over, newest first."""

    model = BooksMonth
    described_by = BOOKS_MONTH_FIELDS
    slug = "months"
    label = _("Months")
    view_permission = StaffPermission.REPORTS_CLOSE
    menu = MenuGroup.REPORTS
    ordering = ("-month",)
    list_display = (
        Column(_("Month"), lambda month: format_month(month.month)),
        *columns_of(BOOKS_MONTH_FIELDS, "status closed_at closed_by"),
    )
    list_filter = (status_filter("books_month"),)
    record_actions = tuple(map(act_button, BOOKS_MONTH_ACTS))
    record_fieldsets: ClassVar = (
        (
            _("Month"),
            columns_of(BOOKS_MONTH_FIELDS, "first_day last_day status closed_at closed_by"),
        ),
    )
    panels = (
        Panel(
            title=_("Still open"),
            permission=StaffPermission.REPORTS_CLOSE,
            columns=(
                Column(pgettext_lazy("still open", "What"), "linked"),
                Column(_("Count"), "count"),
            ),
            rows=_gaps,
        ),
        Panel(
            title=_("Figures"),
            permission=_MONEY,
            columns=(
                Column(pgettext_lazy("figure", "What"), "label"),
                Column(_("When closed"), "then"),
                Column(_("Now"), "now"),
                Column(_("Difference"), "difference"),
            ),
            rows=_figures,
            limit=400,
        ),
        Panel(
            title=_("Files"),
            permission=_MONEY,
            columns=(
                Column(_("File"), _file_link),
                Column(_("Rows"), "lines"),
                instant_column(_("Month closed"), "closed_at"),
            ),
            rows=lambda month: month.files.order_by("-closed_at", "pk").defer("content"),
            limit=60,
        ),
    )

    def record_title(self, record: BooksMonth) -> str:
        return format_month(record.month)


@require_safe
def books_file(request: HttpRequest, pk: int) -> HttpResponse:
    """A file of a closed month, as it was stored. The audit log has who took it."""
    file = BooksFile.objects.select_related("month").filter(pk=pk).first()
    if file is None:
        raise Http404
    name = f"{file.name}-{file.month}"
    note_export(request, name=f"month {name}", rows=file.lines, query="")
    reply = HttpResponse(
        gzip.decompress(bytes(file.content)), content_type="text/csv; charset=utf-8"
    )
    reply["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    reply["Cache-Control"] = "private, no-store"
    return reply


MONTH_PAGES = (Page("months/files/<int:pk>", books_file, "books_file", PageRule(_MONEY)),)
