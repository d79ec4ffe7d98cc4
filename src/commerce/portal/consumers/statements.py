"""`/cancel`: withdrawals from contracts and endings of them, with and without signing in (support-and-content.md 9)."""

from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from commerce.accounts.locale import effective_language
from commerce.accounts.rules import ClientStatus
from commerce.consumers.actions.carrying_out import carry_out_at_once
from commerce.consumers.actions.statements import make_statement
from commerce.consumers.finding import find_statement
from commerce.consumers.models import ConsumerStatement
from commerce.consumers.rules import StatementChannel, StatementKind, StatementStatus
from commerce.domains.models import Domain
from commerce.kit.errors import BusinessError
from commerce.portal.base import errors, throttles
from commerce.portal.base.access import (
    CHECKS_ACCESS,
    ActingMember,
    acting_member_of,
    member_context,
    refusal_page,
)
from commerce.portal.base.form_fields import add_business_error
from commerce.portal.base.redirects import see_other
from commerce.portal.consumers.forms import EndingForm, StatementForm
from commerce.site_settings.current import get_setting

RECEIPT_KEY = "consumer_receipt"
"""Where a session keeps which statement was made in it last."""

STATEMENTS_PER_HOUR = 5
TOO_MANY = _lazy("You can also reach us by email or mail: see the legal notice.")


def _require_switched_on() -> None:
    if not get_setting("consumer.enabled"):
        raise Http404


@require_safe
def cancel(request: HttpRequest) -> HttpResponse:
    """`/cancel`: the two ways, each with its legal label."""
    _require_switched_on()
    _member(request)
    return render(request, "portal/consumers/cancel.html")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest) -> HttpResponse:
    """`/cancel/withdraw`: one page with the fields and one button."""
    return _statement_page(request, StatementKind.WITHDRAWAL, StatementForm)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def end(request: HttpRequest) -> HttpResponse:
    """`/cancel/end`: the same for the end of a contract; a second step would be unlawful."""
    return _statement_page(request, StatementKind.ENDING, EndingForm)


# Also for members of a suspended client: nobody may be kept from a statement.
setattr(withdraw, CHECKS_ACCESS, True)
setattr(end, CHECKS_ACCESS, True)


def _member(request: HttpRequest) -> ActingMember | None:
    """The member of this request, if their client may act; the frame of the page names the client."""
    acting = acting_member_of(request)
    if acting is None or acting.client.status == ClientStatus.CLOSED:
        return None
    cast(Any, request).acting = acting
    return acting


def _statement_page(
    request: HttpRequest, kind: StatementKind, form_class: type[StatementForm]
) -> HttpResponse:
    _require_switched_on()
    acting = _member(request)
    if acting is not None and acting.impersonation is not None and request.method == "POST":
        return refusal_page(request, reason="impersonation")
    client = acting.client if acting is not None else None
    initial = {}
    if acting is not None:
        initial = {"name": acting.user.get_full_name(), "email": acting.user.email}
    posted = request.POST if request.method == "POST" else None
    form = form_class(posted, client=client, initial=initial)
    if form.is_bound and form.is_valid() and (made := _made(request, kind, form, acting)):
        request.session[RECEIPT_KEY] = made.pk
        return see_other("portal:statement_receipt")
    context = {"form": form, "is_withdrawal": kind == StatementKind.WITHDRAWAL}
    template = "portal/consumers/statement_form.html"
    return render(request, template, context, status=422 if form.is_bound else 200)


def _made(
    request: HttpRequest, kind: StatementKind, form: StatementForm, acting: ActingMember | None
) -> ConsumerStatement | None:
    """The statement; None when a field was refused, which the form then tells. An ending of a member is carried out."""
    _count(request, form.cleaned_data["email"])
    chosen, ctx = form.chosen, member_context(request)
    right = "domains.manage" if isinstance(chosen, Domain) else "services.manage"
    stands_behind = chosen is not None and acting is not None and acting.may(right)
    try:
        made = make_statement(
            kind=kind,
            channel=StatementChannel.SIGNED_IN if stands_behind else StatementChannel.PAGE,
            locale=effective_language(get_language() or ""),
            idempotency_key=form.cleaned_data["key"],
            made_by=acting.user if acting is not None else None,
            chosen=chosen,
            ctx=ctx,
            **form.stated(),
        )
    except BusinessError as error:
        add_business_error(form, error)
        return None
    if stands_behind:
        carry_out_at_once(statement=made, ctx=ctx)
    return made


def _count(request: HttpRequest, email: str) -> None:
    """5 an hour from a network and for an address, whatever they name."""
    here, whom = throttles.network_key(request), throttles.person_key(email)
    try:
        throttles.count_attempt(
            [
                throttles.ThrottleLimit(f"statement:from:{here}", STATEMENTS_PER_HOUR, 3600),
                throttles.ThrottleLimit(f"statement:for:{whom}", STATEMENTS_PER_HOUR, 3600),
            ]
        )
    except throttles.TooManyAttempts as too_many:
        too_many.why = TOO_MANY
        raise


@never_cache
@require_safe
def receipt(request: HttpRequest) -> HttpResponse:
    """`/cancel/receipt`: what was stated in this session, and when; the same page whatever it is about."""
    _require_switched_on()
    _member(request)
    pk = request.session.get(RECEIPT_KEY)
    if pk is None:
        return errors.gone(
            request, _("This receipt is no longer shown. See the email that we sent you.")
        )
    statement = find_statement(pk)
    is_own = statement.channel == StatementChannel.SIGNED_IN
    context = {
        "statement": statement,
        "ends_on": statement.ends_on if is_own else None,
        "waits": is_own and statement.status == StatementStatus.RECEIVED,
        "statement_url": reverse("portal:statement", args=[pk]) if is_own else "",
    }
    return render(request, "portal/consumers/receipt.html", context)
