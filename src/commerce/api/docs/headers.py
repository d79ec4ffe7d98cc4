"""Every header that the API sends, and with which replies."""

from datetime import UTC, datetime
from typing import Any

from commerce.api.core import replies
from commerce.api.read.query_params import ListQuery

type Json = dict[str, Any]

_AT = datetime(2026, 4, 8, 14, 33, 10, tzinfo=UTC)
_DATE = "^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT$"
_EXAMPLE_LIST = "https://billing.example.com/api/v1/services"
EXAMPLE_CURSOR = "mKx0S0cHV3lQ0o1nJm2VZFsiMjAyNi0wNC0wOCAxNDozMzoxMCIsMTA0MiwxNzc1NzMyNTY1XQ"
_EXAMPLE_WALK = f"https://billing.example.com/api/v2/services?limit=25&cursor={EXAMPLE_CURSOR}"


def _text(description: str, example: str, *, always: bool = False, **schema: Any) -> Json:
    found: Json = {"description": description}
    if always:
        found["required"] = True
    return found | {"schema": {"type": "string"} | schema, "example": example}


def _fixed(description: str, value: str, *, always: bool = True) -> Json:
    return _text(description, value, always=always, const=value)


def _number(description: str, example: int, least: int, *, always: bool = False) -> Json:
    found: Json = {"description": description}
    if always:
        found["required"] = True
    return found | {"schema": {"type": "integer", "minimum": least}, "example": example}


HEADER_COMPONENTS: Json = {
    "Allow": _fixed("The methods that are possible here.", "GET, HEAD"),
    "CacheOfErrors": _fixed("Errors are not kept.", "no-store"),
    "CacheOfWrites": _fixed("What was answered to a change is not kept.", "no-store"),
    "CacheOfOne": _fixed(
        "Keep it for yourself, and ask again before each use.", "private, no-cache"
    ),
    "CacheOfAll": _fixed("Keep it, and ask again before each use.", "public, no-cache"),
    "Content-Disposition": _text(
        "The name of the file.", 'attachment; filename="invoice-INV-0305.pdf"', always=True
    ),
    "Content-Encoding": _text(
        "Only when the body is compressed: the caller accepts gzip and the body has 1024 bytes or more.",
        "gzip",
        const="gzip",
    ),
    "Content-Length": _number(
        "Bytes of the body as it is sent; of a HEAD, those that the same GET would send.", 1432, 0
    ),
    "Date": _text(
        "When the reply was made. A sync asks next with the Date of its first reply less 60 seconds.",
        replies.http_date(_AT),
        pattern=_DATE,
    ),
    "Deprecation": _text(
        "Only of a route that is to end: since when, as seconds since 1970 (RFC 9745).",
        "@1775658790",
        pattern="^@[0-9]+$",
    ),
    "Dry-Run": _fixed("Only of a dry run: nothing was changed.", "true", always=False),
    "ETag": _text(
        "Strong tag of this representation. Send it back in If-None-Match.",
        '"9a0364b9e99bb480dd25e1f0284c8555"',
        always=True,
        pattern='^"[0-9a-f]{32}"$',
    ),
    "ETagOfVersion": _text(
        "Strong tag of this representation: the row's `version`, a dash, and what else decides the bytes. Send it back "
        "in If-None-Match.",
        '"3-9a0364b9e99bb480dd25e1f0284c8555"',
        always=True,
        pattern='^"[0-9]+-[0-9a-f]{32}"$',
    ),
    "ETagOfChange": _text(
        "The tag of the row as it is now; not of a dry run.",
        '"4-9a0364b9e99bb480dd25e1f0284c8555"',
        pattern='^"[0-9]+-[0-9a-f]{32}"$',
    ),
    "ETagOfAnswer": _text(
        "The tag of what is answered; not of a dry run.",
        '"9a0364b9e99bb480dd25e1f0284c8555"',
        pattern='^"[0-9a-f]{32}"$',
    ),
    "Idempotent-Replayed": _fixed(
        "Only where the key was used before: this is the answer of then.", "true", always=False
    ),
    "Last-Modified": _text(
        "When the row last changed, rounded up to a whole second but never into the future.",
        replies.http_date(_AT),
        always=True,
        pattern=_DATE,
    ),
    "Link": _text(
        "Addresses of other pages (RFC 8288): first, prev unless this is the first, next unless this is the last or "
        "beyond it, last. They keep the other parameters of this list.",
        replies.page_links(
            _EXAMPLE_LIST, ListQuery(page=2, per_page=2, kept_parameters=("per_page=2",)), 26
        ),
        always=True,
    ),
    "LinkOfEnding": _text(
        "Only of a route that is to end: the page that says what to use instead.",
        '<https://billing.example.com/news/v2>; rel="deprecation"; type="text/html"',
    ),
    "LinkOfNext": _text(
        "Address of the next page (RFC 8288), with the same parameters; missing on the last page.",
        f'<{_EXAMPLE_WALK}>; rel="next"',
    ),
    "Location": _text(
        "Where the operation is read.",
        "https://billing.example.com/api/v2/operations/k3v9x0q2m7p4s8t1w6y5z3ab",
    ),
    "RateLimit": _text(
        "Requests that are left in this window (r), and seconds to its end (t). Missing only while counters are down.",
        '"default";r=57;t=41',
        pattern='^"default";r=[0-9]+;t=[0-9]+$',
    ),
    "RateLimit-Policy": _text(
        "Requests (q) in each window of w seconds. Missing only while counters are down.",
        '"default";q=60;w=60',
        pattern='^"default";q=[0-9]+;w=[0-9]+$',
    ),
    "Retry-After": _number("Seconds after which an answer is possible.", 37, 1, always=True),
    "Retry-AfterOfFile": _number("Only while the file is being made: seconds to wait.", 5, 1),
    "Retry-AfterOfOperation": _number("Seconds after which it pays to read the operation.", 2, 1),
    "Retry-AfterOfRunning": _number(
        "Only where an earlier request with the same key still runs: seconds to wait.", 1, 1
    ),
    "Strict-Transport-Security": _fixed(
        "Always over HTTPS.", "max-age=31536000; includeSubDomains", always=False
    ),
    "Sunset": _text(
        "Only of a route that is to end: when (RFC 8594).", replies.http_date(_AT), pattern=_DATE
    ),
    "VaryOfAll": _fixed("What the representation depends on.", "Accept-Encoding"),
    "VaryOfOne": _fixed("What the representation depends on.", "Authorization, Accept-Encoding"),
    "WWW-Authenticate": _text(
        'How to authenticate (RFC 6750): with error="invalid_token" when a token was sent.',
        'Bearer realm="commerce", error="invalid_token"',
        always=True,
    ),
    "WWW-Authenticate-Scope": _text(
        "Only when a scope is missing: which (RFC 6750).",
        'Bearer realm="commerce", error="insufficient_scope", scope="services:read"',
    ),
    "X-Content-Type-Options": _fixed("The type is as it is said.", "nosniff"),
    "X-RateLimit-Limit": _number("Requests in each window, as in RateLimit-Policy.", 60, 1),
    "X-RateLimit-Remaining": _number("Requests that are left, as in RateLimit.", 57, 0),
    "X-Request-Id": _text(
        "The caller's own id if it has 8 to 64 characters of [A-Za-z0-9._-], otherwise a fresh one. The operator finds "
        "the request by it in the logs.",
        "7f0e2c4d9ab14c5fb0c8a2f6d1e35a90",
        always=True,
        pattern="^[A-Za-z0-9._-]{8,64}$",
    ),
}
"""Components by name. A name with ``Of`` is one of several forms of one header."""

HEADERS_OF_EVERY_REPLY = (
    "X-Request-Id",
    "X-Content-Type-Options",
    "Strict-Transport-Security",
    "Date",
)
LIMIT_HEADERS = ("RateLimit-Policy", "RateLimit", "X-RateLimit-Limit", "X-RateLimit-Remaining")
_FORMS = {
    "ETagOfVersion": "ETag",
    "ETagOfAnswer": "ETag",
    "ETagOfChange": "ETag",
    "LinkOfNext": "Link",
    "LinkOfEnding": "Link",
    "CacheOfErrors": "Cache-Control",
    "CacheOfWrites": "Cache-Control",
    "Retry-AfterOfFile": "Retry-After",
    "Retry-AfterOfOperation": "Retry-After",
    "Retry-AfterOfRunning": "Retry-After",
    "CacheOfOne": "Cache-Control",
    "CacheOfAll": "Cache-Control",
    "VaryOfAll": "Vary",
    "VaryOfOne": "Vary",
    "WWW-Authenticate-Scope": "WWW-Authenticate",
}


def header_references(*names: str) -> Json:
    """The headers of a response, as references to components."""
    return {
        _FORMS.get(name, name): {"$ref": f"#/components/headers/{name}"}
        for name in (*names, *HEADERS_OF_EVERY_REPLY)
    }
