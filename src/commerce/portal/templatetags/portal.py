"""Filters and tags of the portal's pages: values in the reader's form, chips, icons, navigation."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BoundField
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from commerce.accounts import labels as account_labels
from commerce.accounts.models import Client
from commerce.billing.tax.notices import tax_note_text
from commerce.kit.money import Money
from commerce.payments.gateways.method_names import payment_method_name
from commerce.payments.models import Payment
from commerce.portal.base.impersonating.impersonation import CLOSED_RIGHTS
from commerce.portal.base.sign_in.areas import sign_in_area_of
from commerce.presentation import formats, labels
from commerce.presentation.addresses import town_lines
from commerce.presentation.amounts import format_money
from commerce.presentation.idn import readable_name
from commerce.site_settings.current import get_setting

register = template.Library()

SIDEBAR = (
    ("/client/dashboard", "dashboard", _("Dashboard"), None),
    ("/client/services", "service", _("Services"), "services.view"),
    ("/client/invoices", "invoice", _("Invoices"), "invoices.view"),
    ("/store", "cart", pgettext_lazy("verb", "Order"), "orders.place"),
    ("/client/orders", "order", _("Orders"), "orders.view"),
    ("/client/domains", "domain", _("Domains"), "domains.view"),
    ("/client/api-tokens", "token", _("API tokens"), "tokens.manage"),
    ("/client/profile", "profile", _("Profile"), "profile.view"),
)
"""Path, icon, words and right of each entry of the side navigation (portal.md 3)."""

POINTING_ICONS = frozenset({"back", "next", "sign-out"})
"""Those that mean a direction, which is the other one where one reads from the right."""

ORDERING = frozenset({"/store"})
"""Entries for who orders: neither for a suspended client nor for staff who act for one."""

SIDEBAR_CHILDREN = {
    "/client/profile": (
        "/client/members",
        "/client/security",
        "/client/notifications",
        "/client/activity",
        "/client/webhooks",
    ),
    "/client/domains": ("/client/zones",),
    "/client/invoices": ("/client/credit", "/client/payment-methods"),
    "/store": ("/cart", "/checkout", "/domains", "/domain-search"),
}
"""Pages that the side navigation shows as part of an entry: tabs of the profile without an entry of their own."""

PROFILE_TABS = (
    ("/client/profile", "", _("Profile"), "profile.view"),
    ("/client/members", "", _("Members"), "members.manage"),
    ("/client/security", "", _("Security"), None),
    ("/client/api-tokens", "", _("API tokens"), "tokens.manage"),
    ("/client/webhooks", "", _("Webhooks"), "tokens.manage"),
    ("/client/notifications", "", _("Notifications"), None),
    ("/client/activity", "", _("Activity"), "profile.view"),
    ("/client/data", "", _("Data"), "data.export"),
)
"""Path, words and right of each tab of the profile (accounts.md 8)."""


@register.filter
def money(amount: int | None, currency_code: str) -> str | SafeString:
    """``{{ invoice.total|money:invoice.currency_code }}``: an amount in minor units with its currency."""
    if amount is None:
        return ""
    return format_html('<span class="money nowrap">{}</span>', format_money(amount, currency_code))


@register.filter
def plain_amount(amount: int, currency_code: str) -> str:
    """``{{ credit|plain_amount:invoice.currency_id }}``: as it is typed, for what a button sends."""
    return f"{Money(amount, currency_code).decimal():f}"


@register.filter
def day(value: date | None) -> str | SafeString:
    """``{{ service.next_due_date|day }}``: a business date, or a dash for none."""
    if value is None:
        return "–"
    return format_html(
        '<time class="nowrap" datetime="{}">{}</time>', value.isoformat(), formats.format_day(value)
    )


@register.filter
def instant(value: datetime | None) -> str | SafeString:
    """``{{ token.created_at|instant }}``: an instant in the reader's zone with the zone's name, or a dash."""
    if value is None:
        return "–"
    return format_html(
        '<time datetime="{}">{}</time>',
        formats.machine_instant(value),
        formats.format_instant(value),
    )


@register.filter
def method(payment: Payment) -> labels.Text:
    """``{{ payment|method }}``: how a payment came."""
    return payment_method_name(payment)


@register.filter
def tax_reason(note: str) -> str:
    """Why a tax group bears no tax."""
    return tax_note_text(note)


@register.filter
def town(of: Client | Mapping[str, str]) -> list[str]:
    """The lines of an address between street and country."""
    names = ("country", "city", "state", "postcode")
    known = of if isinstance(of, Mapping) else {name: getattr(of, name) for name in names}
    country, city, state, postcode = (known.get(name) or "" for name in names)
    return town_lines(country, city=city, state=state, postcode=postcode)


@register.filter
def tax_number_label(number: str, country: str) -> labels.Text:
    """``{{ client.tax_id|tax_number_label:client.country }}``: what such a number is called."""
    return account_labels.tax_number_label(number, country)


@register.filter
def until(value: date, today: date) -> int:
    """Days from ``today`` to a date; negative when it has passed."""
    return (value - today).days


@register.filter
def month(value: date) -> str:
    """The month of a day with its year, as short as a table needs it."""
    return formats.format_month(value)


@register.filter
def unspaced(value: str) -> str:
    """A number as it is pasted, without the spaces that it is read with."""
    return "".join(value.split())


@register.filter
def day_before(value: date) -> date:
    """The last day that is paid, of the first one that is not."""
    return value - timedelta(days=1)


@register.filter
def value_of(mapping: Mapping[Any, Any], key: Any) -> Any:
    """``{{ open_invoices|value_of:service.pk }}``: what a mapping has under a key; None if nothing."""
    return mapping.get(key)


@register.filter
def labeled(label: str, value: object) -> SafeString:
    """``label: value``, with the blanks that the reader's language has there."""
    return format_html(gettext("{label}: {value}"), label=label, value=value)


@register.filter
def negative(amount: int) -> int:
    """An amount that is taken off."""
    return -amount


register.filter("readable", readable_name)
register.filter("count", formats.count_text)
register.filter("quantity", formats.format_quantity)
register.filter("rate", formats.format_tax_rate)
register.filter("party", formats.party_lines)


@register.filter
def tone(tags: str) -> str:
    """The color of a message from its level's tag."""
    return {"success": "green", "warning": "yellow", "error": "red"}.get(tags, "blue")


@register.filter
def instant_day(value: datetime) -> SafeString:
    """The day of an instant in the reader's zone, for narrow columns; the whole instant is its title."""
    local = value.astimezone(timezone.get_current_timezone())
    return format_html(
        '<time class="nowrap" datetime="{}" title="{}">{}</time>',
        formats.machine_instant(value),
        formats.format_instant(value),
        formats.format_day(local),
    )


@register.filter
def cycle(value: str) -> labels.Text:
    """The words for a billing cycle."""
    return labels.CYCLE_LABELS.get(value, value)


@register.simple_tag
def chip(kind: str, status: str) -> SafeString:
    """``{% chip "invoice" invoice.status %}``: a status as a word in its color."""
    words, tone = labels.STATUS_LABELS[kind].get(status, (status, "grey"))
    return format_html('<span class="chip" data-tone="{}">{}</span>', tone, words)


@register.simple_tag
def icon(name: str) -> SafeString:
    """``{% icon "search" %}``: a drawing beside words; never the only sign of something."""
    return _icon_html(static("portal/icons.svg"), name)


@lru_cache(maxsize=256)
def _icon_html(drawings: str, name: str) -> SafeString:
    kind = "icon icon-pointing" if name in POINTING_ICONS else "icon"
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>', kind, drawings, name
    )


@register.simple_tag
def page_numbers(page: "Page[Any]") -> list[int | None]:
    """``{% page_numbers listing.page as numbers %}``: pages to link to; None where some between are left out."""
    pages = page.paginator
    found = pages.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return [number if isinstance(number, int) else None for number in found]


@register.simple_tag(takes_context=True)
def again(context: template.Context, name: str) -> str:
    """``{% again "title" %}``: what block ``name`` holds, a second time, so that a page writes its title once."""
    block = context.render_context[BLOCK_CONTEXT_KEY].get_block(name)
    return str(block.nodelist.render(context))


@register.inclusion_tag("portal/base/partials/forms/field.html")
def field(bound: BoundField, **options: Any) -> dict[str, Any]:
    """``{% field form.email %}``: label, control, help and error of one form field, tied together for a screen reader.

    Options: ``label`` (other words), ``help``, ``wide=True`` (the whole row of a form in columns).
    """
    return {"field": bound, **options}


def _entries(
    context: template.Context, table: Any, below: Mapping[str, Sequence[str]]
) -> list[dict[str, Any]]:
    acting = context["acting"]
    here = f"{context['request'].path}/"
    return [
        {
            "url": url,
            "icon": image,
            "words": words,
            "inside": here.startswith(tuple(f"{each}/" for each in (url, *below.get(url, ())))),
        }
        for url, image, words, right in table
        if (right is None or acting.may(right))
        and (url not in ORDERING or acting.may_change("orders.place"))
    ]


@register.inclusion_tag("portal/base/partials/frame/sidebar.html", takes_context=True)
def sidebar(context: template.Context) -> dict[str, Any]:
    """The side navigation: entries without the right are left out."""
    return {"entries": _entries(context, SIDEBAR, SIDEBAR_CHILDREN)}


@register.inclusion_tag("portal/base/partials/frame/tabs.html", takes_context=True)
def profile_tabs(context: template.Context) -> dict[str, Any]:
    """The tabs of the profile; those about a person are not for staff who act for the client."""
    tabs = [
        (url, image, words, right)
        for url, image, words, right in PROFILE_TABS
        if not context["impersonation"] or (right is not None and right not in CLOSED_RIGHTS)
    ]
    return {"tabs": _entries(context, tabs, {}), "words": _("Profile sections")}


@register.simple_tag(takes_context=True)
def area_url(context: template.Context, name: str, *args: Any) -> str:
    """``{% area_url "two_factor" %}``: a page that clients and staff both have, of whoever reads."""
    return sign_in_area_of(context["request"]).url(name, *args)


@register.simple_tag
def brand_url(name: str) -> str:
    """Address of the brand's style sheet or icon; it changes with the color and the name, so that it can be cached."""
    seen = f"{get_setting('branding.primary_color')} {get_setting('branding.name')}"
    return f"{reverse(f'portal:{name}')}?{urlencode({'v': hashlib.sha256(seen.encode()).hexdigest()[:12]})}"
