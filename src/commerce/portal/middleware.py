"""What every page request passes: HTTPS, request id, access log, headers, and the reader's language and zone."""

import time
from collections.abc import Callable

from django.conf import settings
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    HttpResponsePermanentRedirect,
)
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

from commerce.accounts.models import User
from commerce.accounts.reading import language_of, languages, zone_of
from commerce.audit import time_limits
from commerce.kit import ids, journal, transport
from commerce.kit.errors import Moved
from commerce.portal import pages
from commerce.preferences import current

type Answer = Callable[[HttpRequest], HttpResponseBase]


def content_security_policy(*hosts: str) -> str:
    """What a page may load; its forms lead to us, and by redirect to ``hosts``: browsers stop at any other."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            " ".join(("form-action 'self'", *(f"https://{host}" for host in hosts))),
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "manifest-src 'self'",
        )
    )


class Permanent(HttpResponsePermanentRedirect):
    """308: the method and the body stay."""

    status_code = 308


class Transport:
    """Gives the request its id, sends plain HTTP to HTTPS, reads the settings once, and writes the access log."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.log = journal.Access(
            settings.COMMERCE_DATA_DIR / "log", "access", keep_days=settings.COMMERCE_LOG_DAYS
        )

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        mark = journal.request_id.set(ids.request_id(request.headers.get("X-Request-Id")))
        try:
            with current.remembered():
                response = self._answered(request)
            response["X-Request-Id"] = journal.request_id.get()
            if transport.QUIET not in request.META:
                self.log.note(
                    request_id=journal.request_id.get(),
                    address=request.META.get("REMOTE_ADDR", ""),
                    method=request.method or "",
                    path=request.path,
                    status=response.status_code,
                    began=began,
                )
            return response
        finally:
            journal.request_id.reset(mark)

    def _answered(self, request: HttpRequest) -> HttpResponseBase:
        if not request.is_secure() and request.path != "/up":
            path = request.get_full_path()
            is_short = len(path) <= transport.LONGEST_ADDRESS
            return Permanent(settings.COMMERCE_URL + (path if is_short else "/"))
        return self.answer(request)


class Headers:
    """The security headers of every page; pages behind sign-in are never stored, and too large requests not read."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        length = request.META.get("CONTENT_LENGTH") or "0"
        is_large = length.isdecimal() and int(length[:20]) > transport.MOST_BYTES
        response = pages.too_large(request) if is_large else self.answer(request)
        response.headers.setdefault("Content-Security-Policy", content_security_policy())
        response["X-Content-Type-Options"] = "nosniff"
        response["X-Frame-Options"] = "DENY"
        response["Referrer-Policy"] = "same-origin"
        response["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        response["Cross-Origin-Opener-Policy"] = "same-origin"
        if request.is_secure():
            response["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        if not request.path.startswith(settings.STATIC_URL):
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    def process_exception(self, request: HttpRequest, fault: Exception) -> HttpResponse | None:
        """Somebody else was faster, and the page had no words of its own for that: a 409, not a fault of ours."""
        return pages.moved(request) if isinstance(fault, Moved) else None


class TimeLimit:
    """Ends statements that nobody would wait for; `/up` has one of its own."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path == "/up":
            return self.answer(request)
        with time_limits.of_a_page():
            return self.answer(request)


class Language:
    """The language of a guest: what he chose, else what his browser asks for, else the installation's."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path == "/up":
            return self.answer(request)
        with translation.override(_asked_for(request)):
            response = self.answer(request)
            response.headers.setdefault("Content-Language", translation.get_language())
        patch_vary_headers(response, ("Accept-Language",))
        return response


def _asked_for(request: HttpRequest) -> str:
    offered = languages()
    accepted = parse_accept_lang_header(request.headers.get("Accept-Language", ""))
    asked = [
        request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, ""),
        *(code for code, _ in accepted),
    ]
    for code in asked:
        if found := offered.keys() & {code, code.partition("-")[0]}:
            return max(found)  # en-gb rather than en
    return language_of("")


class Reader:
    """Texts, dates and numbers in the form of the person who reads."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if (
            request.path == "/up"
        ):  # tells whether the database answers, so it must not need it before
            return self.answer(request)
        user = request.user if isinstance(request.user, User) else None
        with (
            translation.override(language_of(user.locale) if user else translation.get_language()),
            timezone.override(zone_of(user)),
        ):
            response = self.answer(request)
            if isinstance(response, HttpResponse) and hasattr(response, "render"):
                response.render()
            if isinstance(response, HttpResponseNotAllowed) and request.method != "OPTIONS":
                response = pages.not_allowed(request, response["Allow"])
            response.headers.setdefault("Content-Language", translation.get_language())
            return response
