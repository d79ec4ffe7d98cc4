"""A form that was sent after its session had ended: kept until its sender has signed in again (portal.md 5).

A form says itself which of its fields that is (``restored_fields``), and a view which forms it takes (``restores``).
"""

import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import ClassVar, Protocol
from urllib.parse import urlsplit

from django import forms
from django.contrib import messages
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from commerce.kit import clock

RESTORED_FORM_KEY = "kept_form"
ENDED_SESSION_USER = "session_ended_of"
"""Attribute of a request: the id of the user whose session ended by itself just now."""

RESTORABLE_SECONDS = 3600
MAX_FORM_BYTES = 8000

RESTORED_NAMES, RESTORED_FORMS = "restored_names", "restored_forms"
"""Attributes of a view: the names of fields that are kept of what is sent to it, and the forms that say so."""


class RestorableForm(Protocol):
    """A form with text that nobody should have to type again; a name may end in ``*``. No secret is ever named."""

    restored_fields: ClassVar[tuple[str, ...]]


def restores[View: Callable[..., HttpResponseBase]](
    *forms: type[RestorableForm], names: tuple[str, ...] = ()
) -> Callable[[View], View]:
    """What of a view's posts is kept while their sender signs in again: fields of these forms, and ``names``."""
    found = (*names, *(name for form in forms for name in form.restored_fields))

    def decorate(view: View) -> View:
        setattr(view, RESTORED_NAMES, found)
        setattr(view, RESTORED_FORMS, forms)
        return view

    return decorate


def _restored_names(request: HttpRequest) -> tuple[str, ...]:
    """What the view that was asked says; decorators around it pass that on."""
    names: tuple[str, ...] = getattr(
        request.resolver_match and request.resolver_match.func, RESTORED_NAMES, ()
    )
    return names


_STANDS_ON = tuple(
    (re.compile(address), page)
    for address, page in (
        (r"/cart/(items/\d+|promo|confirm-currency)", "/cart"),
        (r"/store/currency", "/store"),
        (r"/domains/add", "/domains"),
        (r"/domain-search/list", "/domain-search"),
        (r"/client/return-to-admin", "/client/dashboard"),
        (r"/client/data/(export|keep)", "/client/data"),
        (r"/language", "/"),
        (r"(/client/domains/\d+)/dns", r"\1"),
        (r"(/client/zones/\d+)/(check|sign|unsign|restore|reset)", r"\1"),
        (r"(/client/webhooks/\d+)/(test|pause|resume|repeat)", r"\1"),
        (r"/client/webhook-deliveries/\d+/repeat", "/client/webhooks"),
        (r"(/client/domains/\d+)/verification", r"\1"),
        (r"(/client/invoices/\d+)/(use-credit|declare-transfer)", r"\1"),
        (r"(/client/invoices/\d+)/charge", r"\1/pay"),
        (r"(/client/plan-changes/\d+)/(withdraw|charge|use-credit|declare-transfer)", r"\1"),
        (r"(/client/payment-methods)/(autopay|\d+/default)", r"\1"),
        (r"/client/cancellations/.*", "/client/services"),
        (r"/client/invitations/.*", "/client/members"),
        (r"/client/notifications/address", "/client/notifications"),
        (r"/client/security/(password|email.*)", "/client/security"),
        (r"/client/profile/.*", "/client/profile"),
        (r"(/client/security/sessions)/.*", r"\1"),
        (r"(/client/security/passkeys)/options", r"\1"),
        (r"/client/domains/bulk", "/client/domains"),
        (r"(/client/domains/\d+)/(lock|privacy|auto-renew|term)", r"\1"),
        (r"(/client/services/\d+)/(panel|console|power)", r"\1"),
        (r"/sandbox/sign-out", "/sandbox"),
        (r"/client/logout", "/client/dashboard"),
    )
)
"""On which page a form stands that is sent to an address which takes nothing but posts."""


def session_has_just_ended(request: HttpRequest) -> bool:
    """Whether the session of a member ended by itself just now, with this request."""
    return getattr(request, ENDED_SESSION_USER, None) is not None


def store_form(request: HttpRequest) -> None:
    """Keep what was typed for the user whose session ended; whoever else signs in here does not see it."""
    user_id = getattr(request, ENDED_SESSION_USER, None)
    if user_id is not None and request.method == "POST":
        _store_text(request, user_id)


def store_form_of_old_page(request: HttpRequest) -> bool:
    """Keep what a member sent from a page that is older than this session: they signed in again in another tab.

    Whether anything was kept. Only a page of ours counts: nobody else puts text into a form of theirs.
    """
    user = getattr(request, "user", None)  # nobody is known yet when a foreign host is refused
    own = request.headers.get("Origin") == f"{request.scheme}://{request.get_host()}"
    return own and user is not None and user.is_authenticated and _store_text(request, user.pk)


def _store_text(request: HttpRequest, user_id: int) -> bool:
    kept = _restored_names(request)
    typed = {
        name: values
        for name, values in request.POST.lists()
        if any(fnmatchcase(name, pattern) for pattern in kept)
    }
    if not typed or len(str(typed).encode(errors="replace")) > MAX_FORM_BYTES:
        return False
    request.session[RESTORED_FORM_KEY] = {
        "user": user_id,
        "path": request.path,
        "at": int(clock.now().timestamp()),
        "typed": typed,
    }
    return True


def page_after_sign_in(request: HttpRequest) -> str:
    """The page to go on to after signing in: the one asked for, or the one on which the form stood."""
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    came_from = urlsplit(request.headers.get("Referer", ""))
    if came_from.netloc == request.get_host() and _has_forms(came_from.path):
        return came_from._replace(scheme="", netloc="", fragment="").geturl()
    for address, page in _STANDS_ON:
        if found := address.fullmatch(request.path):
            return found.expand(page)
    return request.get_full_path()


def _has_forms(path: str) -> bool:
    return path in ("/cart", "/checkout", "/domain-search") or path.startswith(
        ("/client/", "/store/", "/cart/items/")
    )


def restored_input(request: HttpRequest, path: str = "") -> QueryDict | None:
    """What was kept of a form that was sent to ``path`` (the page itself), once, and the person is told; else None."""
    kept = request.session.get(RESTORED_FORM_KEY)
    if not isinstance(kept, dict) or kept["path"] != (path or request.path):
        return None
    del request.session[RESTORED_FORM_KEY]
    if kept["user"] != request.user.pk or clock.now().timestamp() - kept["at"] > RESTORABLE_SECONDS:
        return None
    messages.info(
        request,
        _("You were signed out. What you typed is still here, but it hasn't been submitted yet."),
    )
    found = QueryDict(mutable=True)
    for name, values in kept["typed"].items():
        found.setlist(name, values)
    return found


def restore_form[F: forms.BaseForm](form: F, request: HttpRequest, path: str = "") -> F:
    """Put what was kept into a fresh form that is sent to ``path`` (the page itself)."""
    typed = restored_input(request, path)
    for name, field in form.fields.items() if typed else ():
        values = typed.getlist(form.add_prefix(name)) if typed else []
        if values:
            several = isinstance(field, forms.MultipleChoiceField)
            form.initial[name] = values if several else values[-1]
    return form
