"""`/admin/price-changes`: prices of existing services and domains that were announced."""

from collections.abc import Mapping
from typing import ClassVar

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import RecordAction
from commerce.backoffice.base.acts import act_button
from commerce.backoffice.base.pages import MenuGroup, Text
from commerce.backoffice.base.panels import Panel
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.catalog import reprice_forms as forms
from commerce.backoffice.lists.columns import Column, LinkColumn, day_column, instant_column
from commerce.backoffice.lists.filters import choice_filter
from commerce.backoffice.money.columns import (
    client_column,
    money_column,
    status_column,
)
from commerce.backoffice.money.searching import FoundByClient
from commerce.billing.changes.price_changes.actions import drop_price_change
from commerce.billing.changes.price_changes.reprice_runs import withdraw_price_changes
from commerce.billing.changes.price_changes.rules import PriceChangeStatus
from commerce.billing.models import PriceChange, PriceChangeAct
from commerce.presentation.formats import format_day
from commerce.site_settings.current import business_date

REPRICE_TEMPLATE = "backoffice/catalog/reprice.html"
STATUS_LABELS: Mapping[str, Text] = {
    PriceChangeStatus.PLANNED: pgettext_lazy("price change", "Announced"),
    PriceChangeStatus.APPLIED: pgettext_lazy("price change", "Applied"),
    PriceChangeStatus.DROPPED: pgettext_lazy("price change", "Withdrawn"),
}
TONES = {"planned": "info", "applied": "success"}
_MANAGE = (StaffPermission.PRODUCTS_MANAGE, StaffPermission.SERVICES_MANAGE)


def _reprice(name: str, label: Text, form: type[forms.RepriceForm]) -> RecordAction:
    return RecordAction(
        name=name,
        label=label,
        permission=_MANAGE,
        run=forms.announce,
        form=form,
        intro=lambda _none: _t(
            "New prices apply to new orders only until you update what exists. Clients are told in"
            " advance: a price applies from the next period that isn't billed yet and starts after"
            " the notice period."
        ),
        submit=_("Continue"),
        is_atomic=False,
        template=REPRICE_TEMPLATE,
    )


def _columns() -> tuple[Column, ...]:
    return (
        client_column(),
        LinkColumn(_("Service or domain"), "item"),
        status_column(STATUS_LABELS, TONES),
        money_column(_("Old price"), "old_amount", "item__currency_id", adds_up=False),
        money_column(_("New price"), "amount", "item__currency_id", adds_up=False),
        day_column(pgettext_lazy("valid", "From"), "from_date"),
    )


class PriceChangeAdmin(FoundByClient):
    """Announced prices, newest first."""

    model = PriceChange
    slug = "price-changes"
    label = _("Price changes")
    view_permission = StaffPermission.PRODUCTS_VIEW
    menu = MenuGroup.CATALOG
    list_display = (Column(_("ID"), "pk"), *_columns())
    ordering = ("-id",)
    list_select_related = ("client", "service__product", "domain")
    record_related = list_select_related
    list_filter = (choice_filter("status", _("Status"), lambda: STATUS_LABELS),)
    search_help_text = _("Client name, ID, or billing email")
    record_actions = (act_button(drop_price_change),)
    list_actions = (
        _reprice("services", _("Update services"), forms.RepriceServicesForm),
        _reprice("domains", _("Update domains"), forms.RepriceDomainsForm),
    )
    record_fieldsets: ClassVar = (
        (
            _("Price change"),
            (
                *_columns(),
                instant_column(_("Announced"), "created_at"),
                instant_column(_("Ended"), "ended_at"),
                Column(_("Internal reason"), "reason"),
            ),
        ),
    )

    def record_title(self, record: PriceChange) -> str:
        return _t("Price change %(id)s") % {"id": record.pk}


def _act_title(act: PriceChangeAct) -> str:
    day = format_day(business_date(act.created_at))
    return _t("Price change of %(day)s") % {"day": day}


class PriceChangeActAdmin(RecordAdmin):
    """Acts of announcing prices, each withdrawn as a whole."""

    model = PriceChangeAct
    slug = "price-change-acts"
    label = _("Price changes by date")
    view_permission = StaffPermission.PRODUCTS_VIEW
    menu = MenuGroup.CATALOG
    ordering = ("-id",)
    list_display = (
        Column(_("Price change"), _act_title),
        instant_column(_("Announced"), "created_at"),
        Column(_("Internal reason"), "reason"),
    )
    record_fieldsets: ClassVar = (
        (
            _("Price change"),
            (
                instant_column(_("Announced"), "created_at"),
                Column(_("Clients"), lambda act: act.changes.values("client").distinct().count()),
                Column(_("Internal reason"), "reason"),
            ),
        ),
    )
    panels = (
        Panel(
            title=_("Services and domains"),
            permission=StaffPermission.PRODUCTS_VIEW,
            columns=_columns(),
            rows=lambda act: act.changes.select_related(
                "client", "service__product", "domain"
            ).order_by("pk"),
            limit=200,
        ),
    )
    record_actions = (act_button(withdraw_price_changes),)

    def record_title(self, record: PriceChangeAct) -> str:
        return _act_title(record)
