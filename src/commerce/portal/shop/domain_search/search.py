"""`/domain-search?q=`: who has which name, and what it costs (domains.md 7 and 8).

Without scripts it is one page, which waits for the registrars for a bounded time. With scripts (``live`` in the
address) it is there at once, and each batch of names is a request of its own.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from commerce.domains.availability import (
    GLANCE_SECONDS,
    check_names,
    check_offered,
    seconds_to_wait,
)
from commerce.domains.offers import FoundNames, find_listed_names, find_names
from commerce.kit.errors import BusinessError
from commerce.kit.proxy_headers import LONGEST_ADDRESS
from commerce.portal.base.redirects import see_other
from commerce.portal.shop.domain_search.rows import (
    domain_rows,
    names_of_url,
    rows_url,
    tax_context,
)
from commerce.portal.shop.domain_search.throttling import asked_by, count_search
from commerce.portal.shop.shopper import Shopper, shopper
from commerce.portal.shop.storefront import visitor_context
from commerce.presentation.idn import readable_name, stored_name
from commerce.site_settings.current import get_setting

NAMES_IN_BATCH = 5
MAX_QUERY_LENGTH = 4000
MAX_TRIES = 12
"""So often a page with scripts asks for the same names, about once a second."""


def while_shown[**P, R](view: Callable[P, R]) -> Callable[P, R]:
    """404 while ``portal.show_domain_search`` is off."""

    @wraps(view)
    def answered(*args: P.args, **kwargs: P.kwargs) -> R:
        if not get_setting("portal.show_domain_search"):
            raise Http404
        return view(*args, **kwargs)

    return answered


@require_safe
@while_shown
def domain_search(request: HttpRequest) -> HttpResponse:
    """`/domain-search?q=`: a word or a name under all TLDs, 20 at a time, or several names, one a line."""
    return _answer(request, request.GET.get("q", ""))


@csrf_exempt
@require_POST
@while_shown
def domain_list_search(request: HttpRequest) -> HttpResponse:
    """`/domain-search/list`: several names as a form sends them, then searched in ASCII: in other scripts they make an
    address that no server takes. It changes nothing, and caches keep a page with its form, so it needs no secret.
    """
    lines = request.POST.get("q", "").splitlines()
    typed = "\n".join(stored_name(line.strip()) for line in lines if line.strip())
    live = {"live": "1"} if "live" in request.POST else {}
    address = f"{reverse('portal:domain_search')}?{urlencode({'q': typed, **live})}"
    return see_other(address) if len(address) <= LONGEST_ADDRESS else _answer(request, typed)


def _answer(request: HttpRequest, typed: str) -> HttpResponse:
    buyer, page = shopper(request), _page_number(request)
    is_list = "\n" in typed.strip()
    shown = "\n".join(map(readable_name, typed.splitlines())) if is_list else typed
    context: dict[str, Any] = {"query": shown, "is_list": is_list, "page": page}
    status = 200
    if typed.strip():
        count_search(request)
        try:
            found = _found(buyer, typed, page)
        except BusinessError as error:
            context["problem"], status = str(error), 422
        else:
            context |= _results(request, buyer, found, typed, page)
    context |= visitor_context(request, buyer) | tax_context(buyer)
    context["blocked_reason"] = buyer.blocked_reason
    return render(request, "portal/shop/domain_search/search.html", context, status=status)


@require_safe
@while_shown
def domain_search_rows(request: HttpRequest) -> HttpResponse:
    """`/domain-search/rows`: some of the names of a search that was counted."""
    try:
        names = names_of_url(request.GET.get("names", ""))
    except signing.BadSignature as error:
        raise Http404 from error
    buyer, tries = shopper(request), _number(request, "tries")
    may_ask = asked_by(request)
    if "again" in request.GET:
        count_search(request)
        with seconds_to_wait() as seconds:
            answers = check_names(names, buyer.currency, seconds=seconds, may_ask=may_ask)
    else:
        answers = check_names(names, buyer.currency, seconds=GLANCE_SECONDS, may_ask=may_ask)
    pending = [one.name for one in answers.values() if one.is_pending]
    if "again" in request.GET or tries >= MAX_TRIES:
        pending = []
    known = [one for one in answers.values() if one.name not in pending]
    context = tax_context(buyer) | {
        "rows": domain_rows(buyer, known),
        "pending": pending,
        "pending_url": f"{rows_url(pending)}&tries={tries + 1}",
        "blocked_reason": buyer.blocked_reason,
    }
    return render(request, "portal/shop/domain_search/partials/rows.html", context)


def _found(buyer: Shopper, typed: str, page: int) -> FoundNames:
    """The names to ask about. Raises ``BusinessError`` for what is no name, or too many of them."""
    if len(typed) > MAX_QUERY_LENGTH:
        raise BusinessError("domain.name_not_valid", name=f"{typed[:40]}…", field="q")
    lines = [line for line in typed.split("\n") if line.strip()]
    if len(lines) > 1:
        return find_listed_names(lines, buyer.currency)
    return find_names(typed, buyer.currency, page=page)


def _results(
    request: HttpRequest, buyer: Shopper, found: FoundNames, typed: str, page: int
) -> dict[str, Any]:
    is_live = "live" in request.GET
    context: dict[str, Any] = {
        "found": found,
        "unsold_tld": readable_name(found.unsold_tld),
        "plain_url": f"?{urlencode({'q': typed, 'page': str(page)})}",
    }
    if found.has_more:
        live = {"live": "1"} if is_live else {}
        context["more_url"] = f"?{urlencode({'q': typed, 'page': str(page + 1), **live})}"
    if is_live:
        context["batches"] = [(rows_url(names), names) for names in _batches(found)]
    else:
        with seconds_to_wait() as seconds:
            may_ask = asked_by(request)
            answers = check_offered(found.names, found.offers, seconds=seconds, may_ask=may_ask)
        context["rows"] = domain_rows(buyer, answers.values())
    return context


def _batches(found: FoundNames) -> list[Sequence[str]]:
    """The first name alone, which is what most people want to know, and the others some at a time."""
    if not found.names:
        return []
    others = found.names[1:]
    starts = range(0, len(others), NAMES_IN_BATCH)
    return [found.names[:1], *(others[start : start + NAMES_IN_BATCH] for start in starts)]


def _page_number(request: HttpRequest) -> int:
    return max(_number(request, "page"), 1)


def _number(request: HttpRequest, name: str) -> int:
    typed = request.GET.get(name, "")
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 4 else 0
