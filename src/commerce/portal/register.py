"""Registration and the proof of an e-mail address (accounts.md 4)."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from commerce.accounts import actions
from commerce.accounts.actions.email_changes import change_of_stop_link
from commerce.accounts.actions.users import address_of_link
from commerce.accounts.models import User
from commerce.accounts.reading import language_of
from commerce.catalog.models import Currency
from commerce.kit import clock
from commerce.kit.errors import Refused
from commerce.portal import entrance, pages, shopping, throttles
from commerce.portal.access import actor_of
from commerce.portal.answers import HOME, see_other
from commerce.portal.signing_forms import RegisterForm
from commerce.preferences.current import get

_STOPPED = later("This change was already stopped, replaced, or completed.")


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """`/register`: a new client. Robots get the ordinary answer, and nothing is made."""
    if not get("portal.registration"):
        raise Http404
    if request.user.is_authenticated:
        return redirect(HOME)
    form = RegisterForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        throttles.posted(request, "register")
        if form.is_valid():
            answer = _as_if(request) if form.is_by_robot() else _registered(request, form)
            if answer is not None:
                return answer
    context = {"form": form, "next": entrance.wanted(request)}
    status = 422 if form.is_bound else 200
    return render(request, "portal/signing/register.html", context, status=status)


def _as_if(request: HttpRequest) -> HttpResponse:
    """What a person would see next; nobody has the id 0, so no mail can be asked for either."""
    if not get("security.require_email_verification"):
        return see_other(HOME)
    entrance.wait_for_mail(request, request.POST.get("email", "")[:254], user_id=0, next="")
    return see_other("account_email_verification_sent")


def _registered(request: HttpRequest, form: RegisterForm) -> HttpResponse | None:
    """The answer to a good form; None when the action refused, which the form then tells."""
    values, target = form.cleaned_data, entrance.wanted(request)
    try:
        user = actions.register(
            email=values["email"],
            password=values["password"],
            first_name=values["first_name"],
            last_name=values["last_name"],
            company=values["company"],
            country=values["country"],
            currency_code=_currency(request),
            custom=form.answers(),
            terms_version=get("orders.terms_url"),
            locale=language_of(get_language() or ""),
            at=clock.now(),
            actor=actor_of(request),
        )
    except Refused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        return None
    if user is not None and not get("security.require_email_verification"):
        return entrance.enter(request, user, method="password", next=target)
    entrance.wait_for_mail(request, values["email"], user_id=user.pk if user else None, next=target)
    if user is None:
        entrance.mail_again(request)
    else:
        # The action mailed the link; another one can be asked for in a minute.
        throttles.first_in(f"mailed-verify:{throttles.person(user.email)}", 60)
    return see_other("account_email_verification_sent")


def _currency(request: HttpRequest) -> str:
    """What he chose in the store, or the system's."""
    rows = dict(Currency.objects.on_sale().values_list("code", "is_default"))
    chosen = shopping.chosen_currency(request)
    return chosen if chosen in rows else next((code for code in rows if rows[code]), "USD")


@require_http_methods(["GET", "HEAD", "POST"])
def look_into_mail(request: HttpRequest) -> HttpResponse:
    """`/client/verify`: the same page for known and unknown addresses; a new link once in 60 seconds."""
    kept = entrance.waiting(request)
    if kept is None:
        return redirect("account_login")
    if request.method == "POST":
        throttles.posted(request, "verify")
        entrance.mail_again(request)
        messages.success(request, _("If a minute has passed, another mail is on its way."))
        return see_other("account_email_verification_sent")
    return render(request, "portal/signing/look_into_mail.html", {"email": kept["email"]})


@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest, token: str) -> HttpResponse:
    """`/client/verify/{token}`: a page with a button, so that programs which look at links do not use them up."""
    throttles.nameless_guess(request, "verify-link")
    address = address_of_link(token)
    if address is None:
        return pages.gone(request)
    if request.method != "POST":
        return render(request, "portal/signing/verify.html", {"address": address})
    own = isinstance(request.user, User) and request.user.pk == address.user_id
    keep = request.session.session_key if own else None
    user = actions.prove_email(key=token, at=clock.now(), actor=actor_of(request), keep=keep)
    if user is None:
        return pages.gone(request)
    messages.success(request, _("%(email)s is confirmed.") % {"email": user.email})
    if request.user.is_authenticated:
        return see_other("portal:security" if own else HOME)
    kept = entrance.waiting(request)
    if kept is not None and kept["user"] == user.pk:
        return entrance.enter(request, user, method="email", next=kept["next"])
    target = kept["next"] if kept is not None else ""
    return see_other("/client/login" + (f"?{urlencode({'next': target})}" if target else ""))


@require_http_methods(["GET", "HEAD", "POST"])
def keep_email(request: HttpRequest, token: str) -> HttpResponse:
    """`/client/keep-email/{token}`: the owner of the present address stops a change that he did not ask for."""
    throttles.nameless_guess(request, "keep-email-link")
    change = change_of_stop_link(token)
    if change is None:
        return pages.gone(request, str(_STOPPED))
    if request.method != "POST":
        return render(request, "portal/signing/keep_email.html", {"change": change})
    user = actions.stop_email_change(token=token, at=clock.now(), actor=actor_of(request))
    if user is None:
        return pages.gone(request, str(_STOPPED))
    if request.user.pk == user.pk:
        request.session.flush()
    messages.success(
        request,
        _(
            "Your sign-in email stays the same, and you're signed out everywhere. Choose a new password now."
        ),
    )
    return see_other("account_reset_password")
