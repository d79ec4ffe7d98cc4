"""What a member does with the account of a service: open its panel or console, a new password, power, reinstall."""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from commerce.hosting.account_requests import (
    console_blocked_reason,
    new_password_blocked_reason,
    panel_console_url,
    panel_sign_in_url,
    power_blocked_reason,
    reinstall_blocked_reason,
    request_new_password,
    request_power,
    request_reinstall,
    sign_in_blocked_reason,
)
from commerce.hosting.actions.editing import BlockedReason
from commerce.hosting.models import Service
from commerce.hosting.modules.contract import PowerAction
from commerce.kit.errors import BusinessError, PermissionDenied
from commerce.kit.remote.page_limits import page_limits
from commerce.portal.base import throttles
from commerce.portal.base.access import ClientRequest, client_page, member_context
from commerce.portal.base.form_fields import add_business_error
from commerce.portal.base.middleware.requests import content_security_policy
from commerce.portal.base.missing_records import other_client_404
from commerce.portal.base.password_confirmation import ConfirmedForm
from commerce.portal.base.redirects import SeeOtherRedirect, see_other
from commerce.portal.services.account_page import (
    MANAGE_RIGHT,
    panel_hosts,
    state_mark,
)

LINKS_AN_HOUR = 60
"""Links to panels and consoles that a client may have made, each of which asks a server."""

REQUESTED_WORDS = {
    PowerAction.START: _lazy("Start requested."),
    PowerAction.STOP: _lazy("Stop requested."),
    PowerAction.REBOOT: _lazy("Restart requested."),
}

type ServiceView = Callable[..., HttpResponse]


def for_service(blocked: BlockedReason) -> Callable[[ServiceView], ServiceView]:
    """The view gets the client's own service in place of its key, unless it is ``blocked``: then its page says why."""

    def decorate(view: ServiceView) -> ServiceView:
        @wraps(view)
        def found_first(request: ClientRequest, pk: int) -> HttpResponse:
            rows = Service.objects.for_client(request.acting.client)
            service = rows.select_related("product", "server").filter(pk=pk).first()
            if service is None:
                return other_client_404(request, Service.objects.for_client, pk, MANAGE_RIGHT)
            if not request.acting.is_active:
                return see_other("portal:service", pk)
            if reason := blocked(service, member_context(request)):
                messages.info(request, str(reason))
                return see_other("portal:service", pk)
            return view(request, service)

        return found_first

    return decorate


def _acted(
    request: ClientRequest, service: Service, act: Callable[[], object], success: str
) -> SeeOtherRedirect:
    """Do what a press of a button asks for; the service's page says what came of it."""
    try:
        act()
    except PermissionDenied:
        raise
    except BusinessError as refused:
        messages.info(request, str(refused))
    else:
        messages.success(request, success)
    return see_other("portal:service", service.pk)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@client_page(MANAGE_RIGHT, reveals=True)
@for_service(sign_in_blocked_reason)
def service_panel(request: ClientRequest, service: Service) -> HttpResponse:
    """`/client/services/{id}/panel`: to the control panel, signed in."""
    return _confirmed(request, service, panel_sign_in_url, _("Open control panel"))


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@client_page(MANAGE_RIGHT, reveals=True)
@for_service(console_blocked_reason)
def service_console(request: ClientRequest, service: Service) -> HttpResponse:
    """`/client/services/{id}/console`: to the console of a machine."""
    return _confirmed(request, service, panel_console_url, _("Open console"))


def _confirmed(
    request: ClientRequest,
    service: Service,
    make_link: Callable[..., str],
    words: str,
) -> HttpResponse:
    """The link opens all of an account, as its password does, so it is confirmed like that: at once for whoever gave
    their own lately, otherwise after the form for it.
    """
    is_sent = request.method == "POST"
    form = ConfirmedForm(request, request.POST if is_sent else None)
    if is_sent and "password" in form.fields and "password" not in request.POST:
        return see_other(request.path)  # the button of the service's page, which asks for nothing
    if is_sent and form.is_valid():
        return _opened(request, service, make_link)
    context = {"service": service, "form": form, "words": words}
    status = 422 if is_sent else 200
    response = render(request, "portal/services/open_account.html", context, status=status)
    response["Content-Security-Policy"] = content_security_policy(*panel_hosts(service))
    return response


def _opened(
    request: ClientRequest, service: Service, make_link: Callable[..., str]
) -> HttpResponse:
    """A link that was made for this moment, within the time of a page; it is in no page and no log of ours."""
    limit = throttles.ThrottleLimit(f"panel-link:{service.client_id}", LINKS_AN_HOUR, 3600)
    throttles.count_attempt([limit])
    try:
        with page_limits():
            url = make_link(service=service, ctx=member_context(request))
    except PermissionDenied:
        raise
    except (BusinessError, TimeoutError) as refused:
        busy = _("The control panel didn't answer. Try again in a few minutes.")
        messages.error(request, busy if isinstance(refused, TimeoutError) else str(refused))
        return see_other("portal:service", service.pk)
    response = HttpResponseRedirect(url)
    response.status_code = 303
    return response


@require_POST
@client_page(MANAGE_RIGHT)
@for_service(power_blocked_reason)
def service_power(request: ClientRequest, service: Service) -> HttpResponse:
    """`/client/services/{id}/power`: start, stop or restart a machine."""
    named = request.POST.get("power", "")
    if named not in list(PowerAction):
        return see_other("portal:service", service.pk)
    power = PowerAction(named)

    def switch() -> None:
        request_power(service=service, power=power, ctx=member_context(request))

    return _acted(request, service, switch, str(REQUESTED_WORDS[power]))


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@client_page(MANAGE_RIGHT, reveals=True)
@for_service(new_password_blocked_reason)
def service_new_password(request: ClientRequest, service: Service) -> HttpResponse:
    """`/client/services/{id}/new-password`: the former one stops working."""
    form = ConfirmedForm(request, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        return _acted(
            request,
            service,
            lambda: request_new_password(service=service, ctx=member_context(request)),
            _("New password requested. You can see it here in a moment."),
        )
    context, status = {"service": service, "form": form}, 422 if form.is_bound else 200
    return render(request, "portal/services/new_password.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@client_page(MANAGE_RIGHT, reveals=True)
@for_service(reinstall_blocked_reason)
def service_reinstall(request: ClientRequest, service: Service) -> HttpResponse:
    """`/client/services/{id}/reinstall`: the machine as it was at first, without any of its data."""
    form = ConfirmedForm(request, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            request_reinstall(service=service, ctx=member_context(request))
        except BusinessError as refused:
            add_business_error(form, refused)
        else:
            messages.success(request, _("Reinstall requested. It takes a few minutes."))
            return see_other("portal:service", service.pk)
    status = 422 if form.is_bound else 200
    context = {"service": service, "form": form}
    return render(request, "portal/services/reinstall.html", context, status=status)


@require_safe
@client_page("services.view")
def service_progress(request: ClientRequest, pk: int) -> HttpResponse:
    """`/client/services/{id}/progress`: has the page read anew once what it shows of the work has changed."""
    service = Service.objects.for_client(request.acting.client).filter(pk=pk).first()
    if service is None:
        return other_client_404(request, Service.objects.for_client, pk, "services.view")
    response = HttpResponse(status=204)
    if state_mark(service) != request.GET.get("seen"):
        response["HX-Refresh"] = "true"
    return response
