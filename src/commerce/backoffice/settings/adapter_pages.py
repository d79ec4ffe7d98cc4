"""Gateways and registrars: their fields, whether they are used, and whether they answer."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.debug import sensitive_post_parameters

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.access import may, staff_context
from commerce.backoffice.base.context import staff_page
from commerce.backoffice.settings.forms import SettingsForm
from commerce.backoffice.settings.setting_pages import apply_form, form_context, reset_one
from commerce.backoffice.system.remotes import trouble_of
from commerce.domains.models import Domain, Tld
from commerce.domains.registrars import registry as registrars
from commerce.domains.registrars.brakes import open_brake
from commerce.domains.registrars.contract import Registrar
from commerce.domains.rules import LIVE_DOMAIN_STATUSES
from commerce.jobs.manual import resume_remote
from commerce.kit.errors import BusinessError
from commerce.kit.remote.page_limits import page_limits
from commerce.payments.gateways import registry as gateways
from commerce.payments.gateways.accounts import cards_at_rest
from commerce.payments.gateways.accounts_in_use import resume_gateway
from commerce.payments.gateways.contract import Gateway
from commerce.payments.models import GatewayEvent, RefusedMessage
from commerce.payments.receive_message import message_url
from commerce.portal.base.redirects import see_other
from commerce.presentation.amounts import format_money
from commerce.site_settings.actions import set_setting
from commerce.site_settings.adapter_fields import (
    AdapterField,
    adapter_settings,
    missing_fields,
    shown_fields,
)
from commerce.site_settings.current import get_setting


def adapter_form(
    prefix: str, fields: Sequence[AdapterField], *args: Any, only: Sequence[str] = ()
) -> SettingsForm:
    """The form of an adapter's fields; ``only`` names some of them."""
    shown = [one for one in shown_fields(prefix, fields) if not only or one.field.name in only]
    return SettingsForm(
        *args,
        keys=[one.key for one in shown],
        labels={one.key: one.field.label for one in shown},
        help_texts={one.key: one.field.help for one in shown},
        required={one.key for one in shown if one.field.required},
    )


def _missing(prefix: str, fields: Sequence[AdapterField]) -> list[Any]:
    """The labels of required fields that are empty."""
    return [each.label for each in missing_fields(fields, adapter_settings(prefix, fields))]


def _edited(
    request: HttpRequest, prefix: str, fields: Sequence[AdapterField]
) -> HttpResponseBase | SettingsForm:
    """What a sent form leads to: back to its page, or the form with what was refused."""
    if request.method != "POST":
        return adapter_form(prefix, fields)
    form = adapter_form(prefix, fields, request.POST)
    if key := request.POST.get("reset"):
        return reset_one(request, form.keys, key)
    return see_other(request.path) if apply_form(request, form) else form


def told(request: HttpRequest, act: Callable[[], str]) -> None:
    """Do what may ask others over the network, and say what came of it: ``act`` gives the words of a success."""
    try:
        with page_limits():
            messages.success(request, act())
    except BusinessError as refused:
        messages.error(request, str(refused))
    except OSError:
        messages.error(request, _("No answer in time. Try again in a moment."))


# --- gateways ---------------------------------------------------------------------------------------------------------


def _gateway(slug: str) -> Gateway:
    if slug not in gateways.offerable_slugs():
        raise Http404
    return gateways.get_gateway(slug)


def gateway_facts(gateway: Gateway) -> dict[str, Any]:
    """What a list says of a gateway."""
    slug = gateway.slug
    return {
        "slug": slug,
        "name": gateway.name,
        "url": reverse("admin:gateway", args=[slug]),
        "is_enabled": get_setting(f"gateway.{slug}.enabled"),
        "is_test_mode": gateway.is_test_mode,
        "missing": _missing(f"gateway.{slug}", gateway.fields),
        "webhook_url": message_url(slug),
        "resting_cards": cards_at_rest(gateway).count(),
        "parked_events": GatewayEvent.objects.parked().filter(gateway=slug).count(),
    }


def gateway_list(request: HttpRequest) -> HttpResponseBase:
    """`/admin/gateways`: in the order in which clients see them."""
    rows = [gateway_facts(_gateway(slug)) for slug in gateways.offerable_slugs()]
    context = {"title": _("Payment gateways"), "rows": rows}
    return staff_page(request, "backoffice/settings/gateways.html", context)


@sensitive_post_parameters()
def gateway_page(request: HttpRequest, slug: str) -> HttpResponseBase:
    """`/admin/gateways/<slug>`."""
    gateway = _gateway(slug)
    form = _edited(request, f"gateway.{slug}", gateway.fields)
    if isinstance(form, HttpResponseBase):
        return form
    last = GatewayEvent.objects.filter(gateway=slug).newest_first().first()
    context = {
        **form_context(request, form),
        "title": gateway.name,
        "gateway": gateway_facts(gateway),
        "abilities": _gateway_abilities(gateway),
        "trouble": trouble_of(f"gateway {slug}"),
        "last_event_at": last.received_at if last else None,
        "refused_messages": RefusedMessage.objects.filter(gateway=slug).count(),
    }
    return staff_page(request, "backoffice/settings/gateway.html", context, _status(form))


def _status(form: SettingsForm) -> int:
    return 422 if form.is_bound else 200


def _gateway_abilities(gateway: Gateway) -> list[str]:
    can = gateway.capabilities
    named = (
        (can.saved_cards, _("Saved cards")),
        (can.off_session, _("Automatic payments")),
        (can.refund, _("Refunds")),
        (can.partial_refund, _("Partial refunds")),
    )
    return [words for is_there, words in named if is_there]


def gateway_switch(request: HttpRequest, slug: str) -> HttpResponseBase:
    """`/admin/gateways/<slug>/switch`: offer it to clients, after asking it, or stop that."""
    gateway = _gateway(slug)

    def switch() -> str:
        on = request.POST.get("enabled") == "on"
        set_setting(
            key=f"gateway.{slug}.enabled", value="on" if on else "off", ctx=staff_context(request)
        )
        words = _("%(name)s is enabled.") if on else _("%(name)s is disabled.")
        return words % {"name": gateway.name}

    if request.method == "POST":
        told(request, switch)
    return see_other(reverse("admin:gateway", args=[slug]))


def gateway_test(request: HttpRequest, slug: str) -> HttpResponseBase:
    """`/admin/gateways/<slug>/test`: ask the provider something harmless."""
    gateway = _gateway(slug)

    def test() -> str:
        gateways.check_gateway(gateway)
        resume_gateway(slug, at=staff_context(request).at)
        return _("%(name)s works. Nothing was charged.") % {"name": gateway.name}

    if request.method == "POST":
        told(request, test)
    return see_other(reverse("admin:gateway", args=[slug]))


# --- registrars -------------------------------------------------------------------------------------------------------


def _registrar(slug: str) -> Registrar:
    if slug not in registrars.REGISTRAR_CLASSES:
        raise Http404
    return registrars.get_registrar(slug)


def registrar_facts(registrar: Registrar) -> dict[str, Any]:
    """What a list says of a registrar."""
    slug = registrar.slug
    tlds = Tld.objects.filter(registrar=slug).order_by("position", "tld")
    live = Domain.objects.filter(registrar=slug, status__in=LIVE_DOMAIN_STATUSES)
    return {
        "slug": slug,
        "name": registrar.name,
        "url": reverse("admin:registrar", args=[slug]),
        "is_default": slug == get_setting("domains.registrar"),
        "is_sandbox": registrar.is_sandbox,
        "missing": _missing(f"registrar.{slug}", registrar.fields),
        "tlds": list(tlds.values_list("tld", flat=True)),
        "domains": live.count(),
    }


def registrar_list(request: HttpRequest) -> HttpResponseBase:
    """`/admin/registrars`."""
    rows = [registrar_facts(_registrar(slug)) for slug in registrars.registrar_names()]
    context = {"title": _("Registrars"), "rows": rows}
    return staff_page(request, "backoffice/settings/registrars.html", context)


_ABILITY_LABELS = {
    "code": _lazy("Authorization codes"),
    "privacy": _lazy("WHOIS privacy"),
    "contacts": _lazy("Contact changes"),
    "restore": _lazy("Restores"),
    "price_list": _lazy("Price list"),
    "balance": _lazy("Balance"),
    "ds_records": _lazy("DNSSEC"),
    "cancel_transfer": _lazy("Canceling transfers"),
}


@sensitive_post_parameters()
def registrar_page(request: HttpRequest, slug: str) -> HttpResponseBase:
    """`/admin/registrars/<id>`."""
    registrar = _registrar(slug)
    form = _edited(request, f"registrar.{slug}", registrar.fields)
    if isinstance(form, HttpResponseBase):
        return form
    can = asdict(registrar.capabilities)
    context = {
        **form_context(request, form),
        "title": registrar.name,
        "registrar": registrar_facts(registrar),
        "abilities": [words for name, words in _ABILITY_LABELS.items() if can[name]],
        "trouble": trouble_of(registrars.remote_name_of(slug)),
        "is_braked": open_brake(slug) is not None,
        "sees_domains": may(request, StaffPermission.DOMAINS_VIEW),
        "may_test": may(request, StaffPermission.SERVERS_MANAGE),
    }
    return staff_page(request, "backoffice/settings/registrar.html", context, _status(form))


def registrar_default(request: HttpRequest, slug: str) -> HttpResponseBase:
    """`/admin/registrars/<id>/default`: new domains are registered here, unless their TLD says otherwise."""
    registrar = _registrar(slug)

    def choose() -> str:
        set_setting(key="domains.registrar", value=slug, ctx=staff_context(request))
        return _("New domains are registered with %(name)s.") % {"name": registrar.name}

    if request.method == "POST":
        told(request, choose)
    return see_other(reverse("admin:registrar", args=[slug]))


def registrar_test(request: HttpRequest, slug: str) -> HttpResponseBase:
    """`/admin/registrars/<id>/test`: a harmless call, which may tell our balance."""
    registrar = _registrar(slug)

    def test() -> str:
        balance = registrars.test_registrar(slug)
        resume_remote(remote=registrars.remote_name_of(slug), ctx=staff_context(request))
        if balance is None:
            return _("%(name)s works.") % {"name": registrar.name}
        shown = format_money(balance.amount, balance.currency)
        words = _("%(name)s works. Your balance is %(balance)s.")
        return words % {"name": registrar.name, "balance": shown}

    if request.method == "POST":
        told(request, test)
    return see_other(reverse("admin:registrar", args=[slug]))
