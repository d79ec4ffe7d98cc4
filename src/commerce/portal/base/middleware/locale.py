"""In which language, zone and form a page is read: a guest's by their browser, a member's by what they chose."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

from commerce.accounts.locale import effective_language, enabled_languages, zone_of_user
from commerce.accounts.models import User
from commerce.portal.base import errors
from commerce.portal.base.middleware.requests import GetResponse


class GuestLanguageMiddleware:
    """The language of a guest: what they chose, else what their browser asks for, else the installation's."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path == "/up":
            return self.get_response(request)
        with translation.override(_asked_for(request)):
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language())
        patch_vary_headers(response, ("Accept-Language",))
        return response


class ReaderLocaleMiddleware:
    """Texts, dates and numbers in the form of the person who reads."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if (
            request.path == "/up"
        ):  # it tells whether the database answers: nothing may ask it before
            return self.get_response(request)
        user = request.user if isinstance(request.user, User) else None
        with (
            translation.override(
                effective_language(user.locale) if user else translation.get_language()
            ),
            timezone.override(zone_of_user(user)),
        ):
            response = self.get_response(request)
            if isinstance(response, HttpResponse) and hasattr(response, "render"):
                response.render()
            if isinstance(response, HttpResponseNotAllowed) and request.method != "OPTIONS":
                response = errors.not_allowed(request, response["Allow"])
            response.headers.setdefault("Content-Language", translation.get_language())
            return response


def _asked_for(request: HttpRequest) -> str:
    offered = enabled_languages()
    accepted = parse_accept_lang_header(request.headers.get("Accept-Language", ""))
    asked = [
        request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, ""),
        *(code for code, _ in accepted),
    ]
    for code in asked:
        if found := offered.keys() & {code, code.partition("-")[0]}:
            return max(found)  # en-gb rather than en
    return effective_language("")
