"""`/domains/add`: names go into the cart, each asked of its registrar first (domains.md 8)."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from commerce.catalog.rules import OrderItemAction
from commerce.domains.availability import NameAnswer, NameState, check_names, seconds_to_wait
from commerce.domains.offers import MAX_NAMES
from commerce.domains.rules import normalize_name
from commerce.kit import clock
from commerce.kit.errors import BusinessError
from commerce.orders.actions import carts
from commerce.orders.name_checks import check_name_answer
from commerce.portal.base.access import open_page
from commerce.portal.base.redirects import see_other
from commerce.portal.shop.domain_search.rows import domain_rows, tax_context
from commerce.portal.shop.domain_search.search import MAX_QUERY_LENGTH, while_shown
from commerce.portal.shop.domain_search.throttling import asked_by, count_addition
from commerce.portal.shop.shopper import Shopper, shopper
from commerce.presentation.idn import readable_name, stored_name


@require_POST
@while_shown
@open_page("orders.place")
def add_domains(request: HttpRequest) -> HttpResponse:
    """Register one name, or all that are free of several; with scripts the row of a name comes back as it is now."""
    buyer = shopper(request)
    count_addition(request)
    typed = [stored_name(name.strip()) for name in request.POST.getlist("domain")[:MAX_NAMES]]
    names, wrong = _names(typed)
    if buyer.blocked_reason:
        messages.error(request, buyer.blocked_reason)
        return see_other("portal:domain_prices")
    with seconds_to_wait() as seconds:
        answers = check_names(names, buyer.currency, seconds=seconds, may_ask=asked_by(request))
    added, problems = _add(buyer, list(answers.values()))
    problems = [*wrong, *problems]
    if request.htmx and len(typed) == 1 and added:  # type: ignore[attr-defined]
        context = {"rows": domain_rows(buyer, answers.values()), "blocked_reason": ""}
        context |= tax_context(buyer)
        return render(request, "portal/shop/domain_search/partials/rows.html", context)
    _add_messages(request, added, problems)
    back = reverse("portal:cart") if added else _back(typed)
    return HttpResponseClientRedirect(back) if request.htmx else see_other(back)  # type: ignore[attr-defined]


def _names(typed: Sequence[str]) -> tuple[list[str], list[str]]:
    """Those that are names, and what is wrong with the others."""
    names, problems = list[str](), list[str]()
    for text in typed:
        try:
            names.append(normalize_name(text, field="domain"))
        except BusinessError as error:
            problems.append(str(error))
    return names, problems


def _add(buyer: Shopper, answers: Sequence[NameAnswer]) -> tuple[list[NameAnswer], list[str]]:
    """The answers of the names that are in the cart now, and what was wrong with others."""
    added, problems = list[NameAnswer](), list[str]()
    for answer in answers:
        try:
            check_name_answer(answer, OrderItemAction.REGISTER)
            carts.add_domain_to_cart(
                cart=buyer.open_cart(),
                action=OrderItemAction.REGISTER,
                domain=answer.name,
                at=clock.now(),
            )
        except BusinessError as error:
            problems.append(str(error))
        else:
            added.append(answer)
    return added, list(dict.fromkeys(problems))


def _add_messages(
    request: HttpRequest, added: Sequence[NameAnswer], problems: Sequence[str]
) -> None:
    if len(added) == 1:
        name = readable_name(added[0].name)
        messages.success(request, _("%(name)s was added to your cart.") % {"name": name})
    elif added:
        text = ngettext(
            "%(count)s domain was added to your cart.",
            "%(count)s domains were added to your cart.",
            len(added),
        )
        messages.success(request, text % {"count": len(added)})
    if unknown := [one.name for one in added if one.state == NameState.UNKNOWN]:
        text = _("We couldn't check %(names)s yet. We'll check again before we register anything.")
        messages.warning(request, text % {"names": ", ".join(map(readable_name, unknown))})
    for problem in problems:
        messages.error(request, problem)


def _back(names: Sequence[str]) -> str:
    """To what became of the names: the search of those that are some."""
    typed = "\n".join(name for name in names if name)[:MAX_QUERY_LENGTH]
    return f"{reverse('portal:domain_search')}?{urlencode({'q': typed})}" if typed else "/domains"
