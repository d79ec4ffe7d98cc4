"""A form that was sent after its session had ended: kept until its sender has signed in again (portal.md 5)."""

from urllib.parse import urlsplit

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from commerce.accounts.rules import CUSTOM_PREFIX
from commerce.kit import clock

KEY = "kept_form"
ENDED_OF = "session_ended_of"
"""Attribute of a request: the id of the user whose session ended by itself just now."""

SECONDS = 3600
MOST_BYTES = 8000

FIELDS = frozenset(
    "first_name last_name company email phone address1 address2 city state postcode country tax_id currency_code"
    " locale time_zone name scopes expires_on networks role rights".split()
)
"""Names of fields that are kept, with custom fields. None of them holds a secret in any form; others are never kept."""


def keep(request: HttpRequest) -> None:
    """Keep what was typed for the user whose session ended; whoever else signs in here does not see it."""
    user_id = getattr(request, ENDED_OF, None)
    if user_id is None or request.method != "POST":
        return
    typed = {
        name: values
        for name, values in request.POST.lists()
        if name in FIELDS or name.startswith(CUSTOM_PREFIX)
    }
    if typed and len(str(typed).encode(errors="replace")) <= MOST_BYTES:
        at = int(clock.now().timestamp())
        request.session[KEY] = {"user": user_id, "path": request.path, "at": at, "typed": typed}


def page_of(request: HttpRequest) -> str:
    """The page to go on to after signing in: the one asked for, or the one on which the form stood."""
    if request.method == "POST":
        came_from = urlsplit(request.headers.get("Referer", ""))
        if came_from.netloc == request.get_host() and came_from.path.startswith("/client/"):
            return came_from._replace(scheme="", netloc="", fragment="").geturl()
    return request.get_full_path()


def fill[F: forms.BaseForm](form: F, request: HttpRequest, path: str = "") -> F:
    """Put what was kept into a fresh form that is sent to ``path`` (the page itself), once, and tell the person."""
    kept = request.session.get(KEY)
    if not isinstance(kept, dict) or kept["path"] != (path or request.path):
        return form
    del request.session[KEY]
    if kept["user"] != request.user.pk or clock.now().timestamp() - kept["at"] > SECONDS:
        return form
    for name, values in kept["typed"].items():
        if name in form.fields and values:
            several = isinstance(form.fields[name], forms.MultipleChoiceField)
            form.initial[name] = values if several else values[-1]
    messages.info(
        request, _("You had been signed out. What you typed is here again; nothing was sent yet.")
    )
    return form
