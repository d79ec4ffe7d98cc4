"""`/admin/tlds`: what names are sold under, and for how much; the whole price list as CSV, out and in."""

from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import RecordAction
from commerce.backoffice.base.acts import act_button
from commerce.backoffice.base.pages import MenuGroup, Page, PageRule, page_of
from commerce.backoffice.base.panels import Panel
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.catalog import tld_forms as forms
from commerce.backoffice.catalog.price_grid import TldPriceGrid, save_tld_prices
from commerce.backoffice.catalog.products import GRID_TEMPLATE, yes_no
from commerce.backoffice.catalog.registry_fields import (
    RegistryFieldsForm,
    described_field,
    fields_intro,
    save_registry_fields,
)
from commerce.backoffice.lists.columns import Column
from commerce.backoffice.lists.export import note_export
from commerce.backoffice.money.columns import money_column
from commerce.backoffice.money.filters import yes_no_filter
from commerce.domains.actions.tld_settings import add_tld, edit_tld, switch_sale_of_tlds
from commerce.domains.models import Tld
from commerce.domains.offers import price_list_rows
from commerce.domains.price_lists import format_price_list
from commerce.domains.registrars.known_fields import lacks_registry_fields

_MANAGE = StaffPermission.PRODUCTS_MANAGE


@require_safe
def price_list(request: HttpRequest) -> HttpResponse:
    """`/admin/tlds/price-list`: all prices, one line for each TLD and currency, as the import takes it."""
    rows = price_list_rows()
    note_export(request, name="tlds", rows=len(rows), query="")
    reply = HttpResponse(format_price_list(rows), content_type="text/csv; charset=utf-8")
    reply["Content-Disposition"] = 'attachment; filename="tlds.csv"'
    return reply


TLD_PAGES = (
    Page(
        "tlds/price-list",
        price_list,
        "tld_price_list",
        PageRule(StaffPermission.PRODUCTS_VIEW),
    ),
)


class TldAdmin(RecordAdmin):
    """TLDs, in the order of the list."""

    model = Tld
    slug = "tlds"
    label = _("TLDs")
    view_permission = StaffPermission.PRODUCTS_VIEW
    menu = MenuGroup.DOMAINS
    change_list_template = "backoffice/catalog/tlds.html"
    list_display = (
        Column(_("TLD"), lambda tld: f".{tld.tld}", order="tld"),
        Column(_("On sale"), "is_active", show=yes_no),
        Column(_("Registrar"), "registrar"),
        Column(_("Minimum years"), "min_years"),
        Column(_("Maximum years"), "max_years"),
        Column(_("Position in the list"), "position"),
    )
    ordering = ("position", "tld")
    list_filter = (yes_no_filter("is_active", _("On sale")),)
    search_fields = ("tld",)
    record_actions = (
        RecordAction(
            name="prices",
            label=_("Prices"),
            permission=_MANAGE,
            run=save_tld_prices,
            form=TldPriceGrid,
            intro=lambda _tld: _t(
                "Leave a price blank where it isn't offered. Existing domains keep their price."
            ),
            submit=_("Save changes"),
            template=GRID_TEMPLATE,
        ),
        act_button(edit_tld),
        RecordAction(
            name="fields",
            label=_("Registry fields"),
            permission=_MANAGE,
            run=save_registry_fields,
            form=RegistryFieldsForm,
            intro=fields_intro,
            submit=_("Save changes"),
        ),
    )
    list_actions = (
        act_button(add_tld, to=page_of),
        act_button(switch_sale_of_tlds),
        RecordAction(
            name="import",
            label=_("Import prices"),
            permission=_MANAGE,
            run=forms.import_prices,
            form=forms.ImportForm,
            submit=_("Continue"),
            template="backoffice/catalog/tld_import.html",
        ),
    )
    record_template = "backoffice/catalog/tld.html"
    record_fieldsets: ClassVar = (
        (
            _("TLD"),
            (
                Column(_("On sale"), "is_active", show=yes_no),
                Column(_("Registrar"), "registrar"),
                Column(_("Minimum years"), "min_years"),
                Column(_("Maximum years"), "max_years"),
                Column(_("Transfers need an authorization code"), "code_required", show=yes_no),
                Column(_("WHOIS privacy is available"), "privacy_available", show=yes_no),
                Column(_("A transfer adds a year"), "transfer_adds_year", show=yes_no),
                Column(_("Days of grace after expiry"), "grace_days"),
                Column(_("Days of redemption"), "redemption_days"),
                Column(_("Days before expiry to bill the renewal"), "renew_advance_days"),
                Column(_("Position in the list"), "position"),
            ),
        ),
    )
    panels = (
        Panel(
            title=_("Prices"),
            permission=StaffPermission.PRODUCTS_VIEW,
            columns=(
                Column(_("Currency"), "currency_id"),
                money_column(_("Registration per year"), "register"),
                money_column(_("Renewal per year"), "renew"),
                money_column(_("Transfer"), "transfer"),
                money_column(_("Restore"), "restore"),
            ),
            rows=lambda tld: tld.prices.order_by("currency_id"),
            limit=50,
        ),
    )

    def record_context(self, request: HttpRequest, record: Tld) -> dict[str, Any]:
        return {
            "registry_fields": [described_field(one) for one in record.extra_fields],
            "lacks_fields": lacks_registry_fields(record),
        }

    def record_title(self, record: Tld) -> str:
        return f".{record.tld}"
