"""Registration, and the wait for the proof of an address (accounts.md 4)."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from commerce.accounts.actions.registration import register_user
from commerce.accounts.locale import effective_language
from commerce.accounts.models import User
from commerce.kit.errors import BusinessError
from commerce.portal.account.sign_in.forms import RegisterForm
from commerce.portal.base import throttles
from commerce.portal.base.access import member_context
from commerce.portal.base.form_fields import add_business_error
from commerce.portal.base.redirects import DASHBOARD_PATH, see_other
from commerce.portal.base.sign_in import login
from commerce.portal.shop import shopper
from commerce.site_settings.current import get_setting


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """`/register`: a new client. Robots get the form again, and nothing is made."""
    if not get_setting("portal.registration"):
        raise Http404
    if request.user.is_authenticated:
        return redirect(DASHBOARD_PATH)
    form = RegisterForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        throttles.count_anonymous_post(request, "register")
        if form.is_valid():
            if form.is_by_robot():
                form.ask_again()
            elif (answer := _registered(request, form)) is not None:
                return answer
    context = {"form": form, "next": login.requested_page(request)}
    status = 422 if form.is_bound else 200
    return render(request, "portal/account/sign_in/register.html", context, status=status)


def _registered(request: HttpRequest, form: RegisterForm) -> HttpResponse | None:
    """The answer to a good form; None when the action refused, which the form then tells."""
    values, target = form.cleaned_data, login.requested_page(request)
    try:
        user = register_user(
            email=values["email"],
            password=values["password"],
            first_name=values["first_name"],
            last_name=values["last_name"],
            company=values["company"],
            country=values["country"],
            currency_code=shopper.shopper(request).currency,
            custom=form.answers(),
            terms_version=get_setting("orders.terms_url"),
            locale=effective_language(get_language() or ""),
            ctx=member_context(request),
        )
    except BusinessError as error:
        add_business_error(form, error)
        return None
    return answer_registration(request, user, values["email"], next=target)


def answer_registration(
    request: HttpRequest,
    user: User | None,
    email: str,
    *,
    next: str,  # noqa: A002 - the name that the query has
) -> HttpResponse:
    """On to the inbox, or in where no address has to be proven; ``user`` is what ``register_user`` gave."""
    if user is not None and not get_setting("security.require_email_verification"):
        return login.proceed_with_sign_in(request, user, method="password", next=next)
    # Sent once more, it is still the account that this browser registered.
    waiting = login.mail_wait(request) or {}
    known = waiting.get("user") if waiting.get("email") == email else None
    login.remember_mail_wait(request, email, user_id=user.pk if user else known, next=next)
    if user is None:
        login.resend_mail(request)
    else:
        # The action mailed the link; another one can be asked for in a minute.
        throttles.is_first_within(f"mailed-verify:{throttles.person_key(user.email)}", 60)
    return see_other("account_email_verification_sent")


@require_http_methods(["GET", "HEAD", "POST"])
def check_inbox(request: HttpRequest) -> HttpResponse:
    """`/client/verify`: the same page for known and unknown addresses; a new link once in 60 seconds."""
    kept = login.mail_wait(request)
    if kept is None:
        return redirect("account_login")
    if request.method == "POST":
        throttles.count_anonymous_post(request, "verify")
        login.resend_mail(request)
        messages.success(request, _("If a new email doesn't arrive, wait a minute and try again."))
        return see_other("account_email_verification_sent")
    return render(request, "portal/account/sign_in/check_inbox.html", {"email": kept["email"]})
