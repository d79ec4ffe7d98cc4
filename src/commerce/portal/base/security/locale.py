"""`/client/security/language`: in which language and time zone a person reads (accounts.md 1, README 4)."""

from itertools import groupby
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_POST

from commerce.accounts.actions.users import change_locale
from commerce.accounts.locale import (
    ZONE_REGIONS,
    effective_language,
    enabled_languages,
    selectable_zones,
)
from commerce.accounts.models import User
from commerce.kit import clock
from commerce.kit.errors import BusinessError
from commerce.portal.base import restored_forms
from commerce.portal.base.access import OwnPageRequest, member_context, own_page
from commerce.portal.base.form_fields import add_business_error
from commerce.portal.base.merging import SHOWN_VALUES, MergingForm
from commerce.portal.base.redirects import path_on_this_site, see_other, store_choice
from commerce.portal.base.sign_in.areas import sign_in_area_of
from commerce.site_settings.current import get_setting

DEFAULT_ZONE_CHOICE = "usual"
"""What stands for no zone of one's own."""


class LocaleForm(MergingForm):
    """A language and a time zone of one's own."""

    restored_fields: ClassVar[tuple[str, ...]] = ("locale", "time_zone", SHOWN_VALUES)

    locale = forms.ChoiceField(
        label=_lazy("Language"), help_text=_lazy("Used in the portal and in your emails")
    )
    time_zone = forms.ChoiceField(
        label=_lazy("Time zone"),
        help_text=_lazy("Sets the times you see. Due dates don't change."),
    )

    def __init__(self, user: User, data: QueryDict | None = None) -> None:
        stored = {
            "locale": effective_language(user.locale),
            "time_zone": user.time_zone or DEFAULT_ZONE_CHOICE,
        }
        super().__init__(data, initial=stored)
        self._choices("locale", languages := [*enabled_languages().items()])
        if len(languages) == 1:
            self.fields["locale"].widget = forms.HiddenInput()
        self._choices("time_zone", _zone_choices(user.time_zone))
        self.remember_shown(stored)

    def _choices(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices


def _zone_choices(stored: str) -> list[Any]:
    """No zone of one's own first, then all zones by part of the world; one that is stored is among them."""
    usual = _("Default (%(zone)s)") % {"zone": get_setting("locale.display_zone")}
    named = sorted(selectable_zones() | ({stored} - {""}))
    groups: list[Any] = [(DEFAULT_ZONE_CHOICE, usual)]
    for region, found in groupby(named, lambda name: name.partition("/")[0]):
        rows = [(name, _readable(name)) for name in found]
        groups += [(region, rows)] if region in ZONE_REGIONS else rows
    return groups


def _readable(name: str) -> str:
    region, slash, place = name.partition("/")
    return (place if slash and region in ZONE_REGIONS else name).replace("_", " ")


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """`/language`: the language in which this browser's guest reads, for a year; back to where they came from."""
    back = path_on_this_site(request.POST.get("next") or "/")
    code = request.POST.get("language", "")
    response = see_other(back)
    if code in enabled_languages():
        store_choice(response, settings.LANGUAGE_COOKIE_NAME, code)
    else:
        messages.error(request, _("Choose one of the languages offered."))
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@own_page
@restored_forms.restores(LocaleForm)
def locale_settings(request: OwnPageRequest) -> HttpResponse:
    """The form, and what time it is in the chosen zone."""
    user = request.user
    form = LocaleForm(user, request.POST if request.method == "POST" else None)
    if not form.is_bound:
        restored_forms.restore_form(form, request)
    elif form.is_valid() and _saved(request, form):
        messages.success(request, _("Language and time zone saved."))
        return see_other(sign_in_area_of(request).url("locale_settings"))
    context = {"form": form, "now": clock.now()}
    status = 422 if form.is_bound else 200
    return render(request, "portal/base/security/locale_settings.html", context, status=status)


def _saved(request: OwnPageRequest, form: LocaleForm) -> bool:
    values = {**form.initial, **form.changes()}
    try:
        change_locale(
            user=request.user,
            locale=values["locale"],
            time_zone="" if values["time_zone"] == DEFAULT_ZONE_CHOICE else values["time_zone"],
            ctx=member_context(request),
        )
    except BusinessError as error:
        add_business_error(form, error)
        return False
    return True
