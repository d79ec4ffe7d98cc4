"""`/client/security/language`: in which language and time zone a person reads (accounts.md 1, README 4)."""

from datetime import timedelta
from itertools import groupby
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.http import require_http_methods, require_POST

from commerce.accounts import actions
from commerce.accounts.models import User
from commerce.accounts.reading import REGIONS, language_of, languages, zones
from commerce.kit import clock
from commerce.kit.errors import Refused
from commerce.portal import kept, refusals
from commerce.portal.access import ClientRequest, actor_of, client_page
from commerce.portal.answers import path_on_this_site, see_other
from commerce.preferences.current import get

USUAL = "usual"
"""What stands for no zone of one's own."""


class ReadingForm(forms.Form):
    """A language and a time zone of one's own."""

    locale = forms.ChoiceField(
        label=later("Language"), help_text=later("Of these pages and of the mails to you.")
    )
    time_zone = forms.ChoiceField(
        label=later("Time zone"),
        help_text=later("Times of day are shown in it. Due dates are those of the invoice."),
    )

    def __init__(self, user: User, data: QueryDict | None = None) -> None:
        stored = {"locale": language_of(user.locale), "time_zone": user.time_zone or USUAL}
        super().__init__(data, initial=stored)
        self._choices("locale", [*languages().items()])
        self._choices("time_zone", _zone_choices(user.time_zone))

    def _choices(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices


def _zone_choices(stored: str) -> list[Any]:
    """No zone of one's own first, then all zones by part of the world; one that is stored is among them."""
    usual = _("As usual here: %(zone)s") % {"zone": get("locale.display_zone")}
    named = sorted(zones() | ({stored} - {""}))
    groups: list[Any] = [(USUAL, usual)]
    for region, found in groupby(named, lambda name: name.partition("/")[0]):
        rows = [(name, _readable(name)) for name in found]
        groups += [(region, rows)] if region in REGIONS else rows
    return groups


def _readable(name: str) -> str:
    region, slash, place = name.partition("/")
    return (place if slash and region in REGIONS else name).replace("_", " ")


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """`/language`: the language in which this browser's guest reads, for a year; back to where he came from."""
    back = path_on_this_site(request.POST.get("next") or "/")
    code = request.POST.get("language", "")
    response = see_other(back)
    if code in languages():
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            code,
            max_age=timedelta(days=365),
            secure=True,
            httponly=True,
            samesite="Lax",
        )
    else:
        messages.error(request, _("Choose one of the languages offered."))
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@client_page(while_suspended=True)
def reading(request: ClientRequest) -> HttpResponse:
    """The form, and what time it is in the chosen zone."""
    user = request.acting.user
    form = ReadingForm(user, request.POST if request.method == "POST" else None)
    if not form.is_bound:
        kept.fill(form, request)
    elif form.is_valid() and _saved(request, form):
        messages.success(request, _("Saved."))
        return see_other("portal:reading")
    context = {"form": form, "now": clock.now()}
    status = 422 if form.is_bound else 200
    return render(request, "portal/security/reading.html", context, status=status)


def _saved(request: ClientRequest, form: ReadingForm) -> bool:
    values = form.cleaned_data
    try:
        actions.change_reading(
            user=request.acting.user,
            locale=values["locale"],
            time_zone="" if values["time_zone"] == USUAL else values["time_zone"],
            at=clock.now(),
            actor=actor_of(request),
        )
    except Refused as refused:
        refusals.show(form, refused)
        return False
    return True
