"""`/admin/registrar-prices`: what registrars charge, beside what clients pay (domains.md 2 and 9)."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.access import may, staff_context
from commerce.backoffice.base.context import staff_page
from commerce.backoffice.domains.domains import registrar_labels
from commerce.backoffice.lists.export import csv_response, note_export
from commerce.domains.registrar_prices import (
    PriceChange,
    PriceMargin,
    margins,
    price_changes,
    priced_registrars,
    refresh_prices,
)
from commerce.domains.rules import PricedOperation
from commerce.kit import clock
from commerce.kit.errors import BusinessError
from commerce.kit.money import Money
from commerce.kit.remote.page_limits import page_limits
from commerce.portal.base.redirects import see_other
from commerce.presentation.amounts import format_money

CHANGES_OF = timedelta(days=90)
OPERATIONS = {
    PricedOperation.REGISTER: _lazy("Registration"),
    PricedOperation.RENEW: _lazy("Renewal"),
    PricedOperation.TRANSFER: _lazy("Transfer"),
    PricedOperation.RESTORE: _lazy("Restore"),
}


def _compared(request: HttpRequest) -> list[PriceMargin]:
    """The prices that the address asks for: all, or those below cost."""
    found = [margin for slug in priced_registrars() for margin in margins(slug)]
    return [one for one in found if one.is_loss] if request.GET.get("losses") else found


@require_safe
def registrar_prices(request: HttpRequest) -> HttpResponseBase:
    """Each price of a TLD beside its cost, and what registrars changed within 90 days."""
    slugs, names = priced_registrars(), registrar_labels()
    since = clock.now() - CHANGES_OF
    context = {
        "title": _("Registrar prices"),
        "registrars": [names[slug] for slug in slugs],
        "only_losses": bool(request.GET.get("losses")),
        "rows": [_row(margin, names) for margin in _compared(request)],
        "changes": [
            _change(change, names) for slug in slugs for change in price_changes(slug, since=since)
        ],
        "may_refresh": may(request, StaffPermission.PRODUCTS_MANAGE),
    }
    return staff_page(request, "backoffice/domains/registrar_prices.html", context)


def _shown(money: Money | None) -> str:
    return "–" if money is None else format_money(money.amount, money.currency)


def _row(margin: PriceMargin, names: Any) -> dict[str, Any]:
    return {
        "registrar": names[margin.registrar],
        "tld": f".{margin.tld}",
        "operation": OPERATIONS[PricedOperation(margin.operation)],
        "cost": _shown(margin.cost),
        "price": _shown(margin.price),
        "margin": _shown(margin.margin),
        "is_loss": margin.is_loss,
    }


def _change(change: PriceChange, names: Any) -> dict[str, Any]:
    return {
        "at": change.changed_at,
        "registrar": names[change.registrar],
        "tld": f".{change.tld}",
        "operation": OPERATIONS[PricedOperation(change.operation)],
        "old": _shown(change.old),
        "new": _shown(change.new),
    }


@require_safe
def registrar_prices_csv(request: HttpRequest) -> HttpResponseBase:
    """The comparison as a file: exact amounts, each with its currency beside it."""
    found = _compared(request)
    query = request.GET.urlencode()
    note_export(request, name="registrar-prices", rows=len(found), query=query)
    heads = (
        *(_("Registrar"), _("TLD"), _("Operation")),
        *(_("Cost"), _("Currency"), _("Price"), _("Currency"), _("Margin")),
    )
    return csv_response("registrar-prices", heads, map(_line, found))


def _line(margin: PriceMargin) -> list[Any]:
    return [
        *(margin.registrar, margin.tld, margin.operation),
        *(margin.cost.decimal(), margin.cost.currency),
        *(margin.price.decimal(), margin.price.currency),
        margin.margin.decimal() if margin.margin else None,
    ]


def refresh_registrar_prices(request: HttpRequest) -> HttpResponseBase:
    """Ask all registrars for their price lists now; otherwise they are asked each day."""
    changed = 0
    for slug in priced_registrars() if request.method == "POST" else ():
        try:
            with page_limits():
                changed += refresh_prices(slug, ctx=staff_context(request))
        except (BusinessError, OSError) as problem:
            messages.error(request, f"{registrar_labels()[slug]}: {problem}")
    if request.method == "POST":
        words = ngettext("%(count)s price changed.", "%(count)s prices changed.", changed)
        messages.success(request, words % {"count": changed})
    return see_other("admin:registrar_prices")
