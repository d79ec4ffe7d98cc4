"""What every page request passes: HTTPS, request id, access log, headers, and a limit of time."""

import time
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from django.conf import settings
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponsePermanentRedirect,
)

from commerce.db import statement_timeouts
from commerce.kit import ids, json_log, proxy_headers
from commerce.kit.errors import StateConflict
from commerce.kit.request_cache import cached_for_request
from commerce.portal.base import errors

type GetResponse = Callable[[HttpRequest], HttpResponseBase]


def content_security_policy(
    *hosts: str, others: Mapping[str, Iterable[str]] = MappingProxyType({})
) -> str:
    """What a page may load; its forms lead to us, and by redirect to ``hosts``: browsers stop at any other.

    ``others`` are origins by directive, for the few pages that show a form of somebody else's.
    """
    sources = {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'", *(f"https://{host}" for host in hosts)],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "manifest-src": ["'self'"],
    }
    for directive, origins in others.items():
        sources.setdefault(directive, []).extend(origins)
    return "; ".join(" ".join((name, *values)) for name, values in sources.items() if values)


class PermanentRedirect(HttpResponsePermanentRedirect):
    """308: the method and the body stay."""

    status_code = 308


class TransportMiddleware:
    """Gives the request its id, sends plain HTTP to HTTPS, reads the settings once, and writes the access log."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.log = json_log.AccessLog(
            settings.COMMERCE_DATA_DIR / "log", "access", keep_days=settings.COMMERCE_LOG_DAYS
        )

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        mark = json_log.current_request_id.set(
            ids.valid_request_id(request.headers.get("X-Request-Id"))
        )
        try:
            with cached_for_request():
                response = self._answered(request)
            response["X-Request-Id"] = json_log.current_request_id.get()
            if proxy_headers.NO_ACCESS_LOG_KEY not in request.META:
                self.log.log_request(
                    request_id=json_log.current_request_id.get(),
                    address=request.META.get("REMOTE_ADDR", ""),
                    method=request.method or "",
                    path=request.path,
                    status=response.status_code,
                    began=began,
                )
            return response
        finally:
            json_log.current_request_id.reset(mark)

    def _answered(self, request: HttpRequest) -> HttpResponseBase:
        if not request.is_secure() and request.path != "/up":
            path = request.get_full_path()
            is_short = len(path) <= proxy_headers.LONGEST_ADDRESS
            return PermanentRedirect(settings.COMMERCE_URL + (path if is_short else "/"))
        return self.get_response(request)


class SecurityHeadersMiddleware:
    """The security headers of every page; pages behind sign-in are never stored, and too large requests not read."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        length = request.META.get("CONTENT_LENGTH") or "0"
        is_large = length.isdecimal() and int(length[:20]) > proxy_headers.MAX_BODY_BYTES
        response = errors.too_large(request) if is_large else self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", content_security_policy())
        response["X-Content-Type-Options"] = "nosniff"
        response["X-Frame-Options"] = "DENY"
        response["Referrer-Policy"] = "same-origin"
        response["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        response["Cross-Origin-Opener-Policy"] = "same-origin"
        if request.is_secure():
            response["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        response.headers.setdefault("Cache-Control", "no-store")
        if response.cookies and "public" in response.headers["Cache-Control"]:
            response.headers["Cache-Control"] = "no-store"  # no shared cache gets hold of a session
        return response

    def process_exception(self, request: HttpRequest, fault: Exception) -> HttpResponse | None:
        """Somebody else was faster, and the page had no words of its own for that: a 409, not a fault of ours."""
        return errors.state_conflict(request) if isinstance(fault, StateConflict) else None


class TimeLimitMiddleware:
    """Ends statements that nobody would wait for; `/up` has one of its own."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path == "/up":
            return self.get_response(request)
        with statement_timeouts.page_time_limit():
            return self.get_response(request)
