"""The settings, group by group: searched, changed, reset, with their pictures (backoffice.md 5)."""

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_network
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.access import may, signed_in_staff, staff_context
from commerce.backoffice.base.context import site_of, staff_page
from commerce.backoffice.base.pages import MenuGroup, Text
from commerce.backoffice.frame.menu import StaffMenu
from commerce.backoffice.settings.forms import SettingsForm
from commerce.backoffice.settings.groups import SETTING_GROUPS, SettingGroup, matching_keys
from commerce.kit import pictures
from commerce.kit.errors import BusinessError, NeedsConfirmation, StateConflict
from commerce.kit.proxy_headers import is_in_networks, parse_address
from commerce.portal.base.brand import picture_context
from commerce.portal.base.redirects import see_other
from commerce.site_settings.actions import (
    reset_setting,
    set_settings,
    settings_version,
    stored_secrets,
    upload_setting_picture,
)
from commerce.site_settings.current import get_setting
from commerce.site_settings.definitions import SETTING_DEFINITIONS
from commerce.site_settings.parsers import parse_networks

type Link = tuple[Text, str]
"""Its words and its address."""

CONFIRMED = "confirmed"
NETWORKS = "security.staff_networks"


def settings_index(request: HttpRequest) -> HttpResponseBase:
    """`/admin/settings`: a card for each kind of page that the person may read; what a search finds in the settings."""
    sees_settings = may(request, StaffPermission.SETTINGS_VIEW)
    query = request.GET.get("q", "").strip()[:100] if sees_settings else ""
    found = [
        {"group": group, "key": key, "definition": SETTING_DEFINITIONS[key]}
        for group, key in (matching_keys(query) if query else ())
    ]
    context = {
        "title": _("Settings"),
        "sees_settings": sees_settings,
        "cards": list(_cards(request)),
        "query": query,
        "found": found,
    }
    return staff_page(request, "backoffice/settings/index.html", context)


def _cards(request: HttpRequest) -> Iterator[tuple[Text, list[Link]]]:
    if may(request, StaffPermission.SETTINGS_VIEW):
        groups = SETTING_GROUPS.values()
        links = [(one.title, reverse("admin:settings_group", args=[one.slug])) for one in groups]
        yield _("All settings"), links
    yield from menu_cards(site_of(request).menu, signed_in_staff(request).all_permissions)


def menu_cards(
    menu: StaffMenu, held: frozenset[StaffPermission]
) -> Iterator[tuple[Text, list[Link]]]:
    """The cards of the pages that the menu leads to through this one."""
    for group, pages in menu.readable(held).items():
        links = [(item.label, url) for item, url in pages if item.page != "settings"]
        if links and (group.is_card or group is MenuGroup.SETTINGS):
            yield (_("Setup and payments") if group is MenuGroup.SETTINGS else group.label), links


@sensitive_post_parameters()
def settings_group(request: HttpRequest, slug: str) -> HttpResponseBase:
    """`/admin/settings/<group>`."""
    group = SETTING_GROUPS.get(slug)
    if group is None:
        raise Http404
    if request.method != "POST":
        return _group_page(request, group, SettingsForm(keys=group.setting_keys()))
    if key := request.POST.get("reset"):
        return reset_one(request, group.setting_keys(), key)
    if key := request.POST.get("upload"):
        return _upload(request, group, key)
    form = SettingsForm(request.POST, keys=group.setting_keys())
    if apply_form(request, form):
        return see_other(request.path)
    return _group_page(request, group, form, status=422)


def apply_form(request: HttpRequest, form: SettingsForm) -> bool:
    """Keep what was typed, and say so; otherwise the form says what was refused, or changed meanwhile."""
    if not form.is_valid():
        return False
    if (address := _shut_out(request, form.cleaned_data)) is not None:
        form.add_error(
            NETWORKS,
            _("Add your own address, %(address)s, or you lose access.") % {"address": address},
        )
        return False
    version = request.POST.get("version", "")
    try:
        changed = set_settings(
            values=form.cleaned_data,
            ctx=staff_context(request),
            version=version,
            is_confirmed=request.POST.get(CONFIRMED) == "on",
        )
    except BusinessError as refused:
        form.is_stale = isinstance(refused, StateConflict)
        form.asks_confirmation = isinstance(refused, NeedsConfirmation)
        form.refuse(refused)
        return False
    messages.success(request, _("Settings saved.") if changed else _("Nothing to change."))
    return True


def _shut_out(request: HttpRequest, values: Mapping[str, Any]) -> str | None:
    """The person's own address, if the networks of staff would leave it out; no page could take that back."""
    address = request.META.get("REMOTE_ADDR", "")
    try:
        networks = [ip_network(one) for one in parse_networks(str(values.get(NETWORKS) or ""))]
    except (BusinessError, ValueError):
        return None
    shut = networks and not is_in_networks(parse_address(address), networks)
    return address if shut else None


def reset_one(request: HttpRequest, keys: Sequence[str], key: str) -> HttpResponseBase:
    """Give one of these settings its default again, and go back to its page."""
    if key not in keys:
        raise Http404
    before = stored_secrets(key)
    try:
        reset_setting(key=key, ctx=staff_context(request))
    except BusinessError as refused:
        messages.error(request, str(refused))
    else:
        is_secret = SETTING_DEFINITIONS[key].secret
        messages.success(request, _("Deleted.") if is_secret else _("Reset to the default."))
        if before - stored_secrets(key):
            messages.warning(
                request, _("Passwords and keys stored for the previous value were deleted.")
            )
    return see_other(request.path)


def _upload(request: HttpRequest, group: SettingGroup, key: str) -> HttpResponseBase:
    file = request.FILES.get(f"file-{key}")
    if key not in group.setting_keys():
        raise Http404
    try:
        content = file.read(pictures.MAX_PICTURE_BYTES + 1) if file else b""
        upload_setting_picture(key=key, content=content, ctx=staff_context(request))
    except BusinessError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Image saved."))
    return see_other(request.path)


def form_context(request: HttpRequest, form: SettingsForm) -> dict[str, Any]:
    """What the form of settings is drawn with."""
    return {
        "form": form,
        "rows": form.rows(),
        "version": _seen_version(request, form),
        "may_change": may(request, StaffPermission.SETTINGS_MANAGE),
    }


def _seen_version(request: HttpRequest, form: SettingsForm) -> str:
    """What the person has seen: the values of now only once they were told that these changed."""
    if request.method == "POST" and not form.is_stale and "version" in request.POST:
        return request.POST["version"]
    return settings_version(form.keys)


def _group_page(
    request: HttpRequest, group: SettingGroup, form: SettingsForm, status: int = 200
) -> HttpResponseBase:
    found = [key for key in group.setting_keys() if SETTING_DEFINITIONS[key].picture]
    context = {
        **form_context(request, form),
        "title": group.title,
        "group": group,
        "groups": SETTING_GROUPS.values(),
        "pictures": [
            {
                "key": key,
                "description": SETTING_DEFINITIONS[key].description,
                "picture": picture_context("brand_picture", get_setting(key)),
            }
            for key in found
        ],
    }
    return staff_page(request, "backoffice/settings/group.html", context, status)
