"""`/admin/quotes`: orders that staff put together while somebody is on the phone, and what they offer for some days."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_safe

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.access import may, staff_context
from commerce.backoffice.base.action_pages import build_form
from commerce.backoffice.base.actions import Done, RecordAction
from commerce.backoffice.base.acts import act_button
from commerce.backoffice.base.clients import clients_found
from commerce.backoffice.base.pages import MenuGroup, Page, PageRule, page_of
from commerce.backoffice.base.panels import Panel
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.lists.columns import columns_of
from commerce.backoffice.lists.filters import status_filter
from commerce.backoffice.sales import quote_forms as forms
from commerce.billing.tax.actions import refresh_vat_check
from commerce.catalog.actions.client_details import open_client
from commerce.kit import ids
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.orders.cart_lines import DomainCartLine
from commerce.orders.models import Order, SalesQuote
from commerce.orders.name_checks import check_name
from commerce.orders.quote import OrderQuote
from commerce.orders.records import ORDER_FIELDS, SALES_QUOTE_FIELDS
from commerce.orders.rules import QuoteStatus
from commerce.orders.sales_quotes.actions.drafts import (
    change_quote_draft,
    draft_blocked_reason,
    set_client_of_quote,
)
from commerce.orders.sales_quotes.actions.phone import place_draft, place_draft_blocked_reason
from commerce.orders.sales_quotes.links import quote_url
from commerce.orders.sales_quotes.pdf import quote_file_name, quote_pdf
from commerce.orders.sales_quotes.pricing import lines_of_quote, price_quote
from commerce.presentation.amounts import format_money
from commerce.presentation.labels import CYCLE_LABELS
from commerce.record_acts.sales import SALES_QUOTE_ACTS

type Data = Mapping[str, Any]


def _add_product(quote: SalesQuote, data: Data, ctx: Context) -> str:
    change_quote_draft(quote=quote, lines=lambda old: [*old, data["line"]], ctx=ctx)
    return _("Product added.")


def _ask_registrar(quote: SalesQuote, data: Data, _ctx: Context) -> Mapping[str, Any]:
    check_name(data["line"].domain, data["line"].action, quote.currency_id)
    return {}


def _add_domain(quote: SalesQuote, data: Data, ctx: Context) -> str:
    change_quote_draft(quote=quote, lines=lambda old: [*old, data["line"]], ctx=ctx)
    return _("Domain added.")


def _remove_line(quote: SalesQuote, data: Data, ctx: Context) -> str:
    gone: int = data["line"]
    change_quote_draft(quote=quote, lines=lambda old: [*old[:gone], *old[gone + 1 :]], ctx=ctx)
    return _("Line removed.")


def _discount(quote: SalesQuote, data: Data, ctx: Context) -> str:
    change_quote_draft(quote=quote, lines=lambda _old: data["changed"], ctx=ctx)
    return _("Price changed.")


def _promo(quote: SalesQuote, data: Data, ctx: Context) -> str:
    change_quote_draft(quote=quote, promo_code=data["code"], ctx=ctx)
    return _("Promo code applied.") if data["code"] else _("Promo code removed.")


def _make_client(quote: SalesQuote, data: Data, ctx: Context) -> str:
    client = open_client(
        currency_code=quote.currency_id, locale=quote.locale or None, ctx=ctx, **data
    )
    set_client_of_quote(quote=quote, client=client, ctx=ctx)
    return _("Client created.")


def _place(quote: SalesQuote, data: Data, ctx: Context) -> Done:
    assert quote.client is not None  # see place_draft_blocked_reason
    order = place_draft(
        quote=quote,
        shown_total=data["shown_total"],
        with_invoice=data["payment"] == "invoice",
        idempotency_key=ids.random_key(),  # the form is run once
        vat_refresh=refresh_vat_check(client=quote.client, ctx=ctx),
        ctx=ctx,
    )
    return Done(_("Order %(number)s placed.") % {"number": order.number}, page_of(order))


def _line_action(name: str, label: Any, form: Any, run: Any, **more: Any) -> RecordAction:
    return RecordAction(
        name=name,
        label=label,
        permission=StaffPermission.ORDERS_MANAGE,
        form=form,
        run=run,
        blocked=draft_blocked_reason,
        **more,
    )


ADD_PRODUCT = _line_action(
    "add-product",
    _lazy("Add product"),
    forms.ProductLineForm,
    _add_product,
    template="backoffice/sales/new_order.html",
)
ADD_DOMAIN = _line_action(
    "add-domain", _lazy("Add domain"), forms.DomainLineForm, _add_domain, ask=_ask_registrar
)
REMOVE_LINE = _line_action("remove-line", _lazy("Remove line"), forms.LineForm, _remove_line)
DISCOUNT = _line_action(
    "discount", _lazy("Change price"), forms.DiscountForm, _discount, submit=_lazy("Save changes")
)
PROMO = _line_action("promo", _lazy("Promo code"), forms.PromoForm, _promo, submit=_lazy("Apply"))
MAKE_CLIENT = RecordAction(
    name="client",
    label=_lazy("Add as client"),
    permission=(StaffPermission.ORDERS_MANAGE, StaffPermission.CLIENTS_CREATE),
    form=forms.CallerAsClientForm,
    run=_make_client,
    blocked=draft_blocked_reason,
)
PLACE = RecordAction(
    name="place",
    label=_lazy("Place order"),
    permission=StaffPermission.ORDERS_MANAGE,
    form=forms.PlaceForm,
    run=_place,
    is_atomic=False,
    blocked=place_draft_blocked_reason,
)
_ON_PAGE = (ADD_PRODUCT, ADD_DOMAIN, REMOVE_LINE, DISCOUNT, PROMO, PLACE, MAKE_CLIENT)
"""Forms that stand on the page of a draft itself."""

VERSIONS = Panel(
    title=_lazy("Versions"),
    permission=StaffPermission.ORDERS_MANAGE,
    columns=columns_of(SALES_QUOTE_FIELDS, "version status total valid_until sent_at"),
    rows=lambda quote: SalesQuote.objects.filter(first_id=quote.first_id).order_by("-version"),
)
ORDER = Panel(
    title=_lazy("Order"),
    permission=StaffPermission.ORDERS_VIEW,
    columns=columns_of(ORDER_FIELDS, "number created_at status total"),
    rows=lambda quote: Order.objects.filter(pk=quote.order_id).order_by("pk"),
)


class SalesQuoteAdmin(RecordAdmin):
    """Quotes, the newest first; the page of a draft is where an order or a quote is put together."""

    model = SalesQuote
    described_by = SALES_QUOTE_FIELDS
    slug = "quotes"
    label = _lazy("Quotes")
    view_permission = StaffPermission.ORDERS_MANAGE
    menu = MenuGroup.ORDERS
    ordering = ("-pk",)
    search_fields = ("pk",)  # so that there is a search; what it finds is below
    search_help_text = _lazy("Search by quote number, client or email")
    list_filter = (status_filter("sales_quote"),)
    list_display = columns_of(
        SALES_QUOTE_FIELDS, "number version recipient status total valid_until sent_at"
    )
    record_fieldsets = (
        (
            _lazy("Details"),
            columns_of(
                SALES_QUOTE_FIELDS,
                "status recipient email total valid_until sent_at ended_at made_by accepted_by note",
            ),
        ),
    )
    record_related = ("client__group",)
    record_actions = (*_ON_PAGE, *map(act_button, SALES_QUOTE_ACTS))
    panels = (ORDER, VERSIONS)
    record_template = "backoffice/sales/quote.html"

    def record_title(self, record: SalesQuote) -> str:
        if record.status == QuoteStatus.DRAFT:
            return _("New order for %(name)s") % {"name": record.recipient}
        return str(record)

    def panels_of(self, request: HttpRequest, record: SalesQuote) -> Sequence[Panel]:
        """What became of it, once it was sent."""
        return () if record.status == QuoteStatus.DRAFT and record.version == 1 else self.panels

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> tuple["QuerySet[Any]", bool]:
        """``Q-0042`` finds all versions of that quote."""
        typed = search_term.strip()
        if not typed:
            return queryset, False
        found = Q(client_id__in=clients_found(request, typed)) | Q(email__iexact=typed)
        number = typed.upper().removeprefix("Q-")
        if number.isascii() and number.isdecimal() and len(number) < 19:
            found |= Q(first_id=int(number))
        return queryset.filter(found), False

    def shown_actions(self, request: HttpRequest, record: Any) -> list[Any]:
        """Without those that have their form on the page."""
        return [one for one in super().shown_actions(request, record) if one.action not in _ON_PAGE]

    def record_context(self, request: HttpRequest, record: SalesQuote) -> dict[str, Any]:
        """What it costs, and the forms that change a draft."""
        priced = price_quote(record)
        is_draft = record.status == QuoteStatus.DRAFT
        found: dict[str, Any] = {
            "quote": record,
            "priced": _sums(priced),
            "lines": _lines(record, priced),
            "is_draft": is_draft,
            "is_offered": record.status != QuoteStatus.ACCEPTED,
            "pdf_url": reverse("admin:sales_quote_pdf", args=[record.pk]),
            "link": quote_url(record) if record.status == QuoteStatus.SENT else "",
            "client_url": page_of(record.client) if record.client else "",
        }
        if is_draft:
            found["forms"] = {
                one.name.replace("-", "_"): {
                    "form": build_form(request, one, record),
                    "url": self._action_url(one, record),
                    "action": one,
                    "blocked": one.reason_against(record, staff_context(request)),
                }
                for one in _ON_PAGE
                if may(request, one.needed(record))
                and (one is not MAKE_CLIENT or not record.client)
            }
        return found


def _lines(quote: SalesQuote, priced: OrderQuote) -> list[dict[str, Any]]:
    found = []
    for index, (entry, line) in enumerate(zip(priced.entries, lines_of_quote(quote), strict=True)):
        order_line = entry.order_line
        if isinstance(line, DomainCartLine):
            about = _("%(years)s yr") % {"years": line.years}
        else:
            about = f"{CYCLE_LABELS[line.billing_cycle]} × {line.qty}"
        why = line.price_override or line.discount
        found.append(
            {
                "index": index,
                "name": entry.name,
                "about": about,
                "domain": line.domain if not isinstance(line, DomainCartLine) else "",
                "options": [f"{one.name}: {one.value}" for one in order_line.options]
                if order_line
                else [],
                "reason": why.reason if why else "",
                "problem": entry.problem and entry.problem.staff_text,
                "amount": format_money(order_line.subtotal, quote.currency_id)
                if order_line
                else "",
            }
        )
    return found


def _sums(priced: OrderQuote) -> dict[str, Any]:
    """What it comes to, as the invoice would say it."""
    code = priced.currency_code
    return {
        "rows": [
            (row.line.description, format_money(row.net, code))
            for row in priced.priced_invoice.lines
        ],
        "taxes": [
            (group.tax.name or _("Tax"), group.tax.rate_milli, format_money(group.amount, code))
            for group in priced.priced_invoice.groups
            if group.amount
        ],
        "total": format_money(priced.sums.total, code),
        "renewals": [
            (one.name, format_money(one.total, code), one.first_on) for one in priced.renewals
        ],
        "promo_problem": priced.promo_problem,
    }


@require_safe
def _pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The PDF of a quote, in the language of whom it is for; of one that was accepted, its order says more."""
    del request
    rows = SalesQuote.objects.exclude(status=QuoteStatus.ACCEPTED)
    found = rows.select_related("client__group").filter(pk=pk).first()
    if found is None:
        raise Http404
    try:
        content = quote_pdf(found)
    except BusinessError as error:
        raise Http404 from error
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'inline; filename="{quote_file_name(found)}"',
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


QUOTE_PDF_PAGE = Page(
    "quotes/<int:pk>/pdf", _pdf, "sales_quote_pdf", PageRule(StaffPermission.ORDERS_MANAGE)
)
"""`/admin/quotes/7/pdf`."""
