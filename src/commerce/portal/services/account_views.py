"""What a member does with the account of a service: open its panel or console, a new password, power, reinstall."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from commerce.hosting.account_requests import (
    panel_console_url,
    panel_sign_in_url,
    request_new_password,
    request_power,
    request_reinstall,
)
from commerce.hosting.models import Service
from commerce.hosting.rules import PANEL_LINKS
from commerce.kit.errors import BusinessError, PermissionDenied
from commerce.kit.remote.page_limits import page_limits
from commerce.portal.base import throttles
from commerce.portal.base.access import ClientRequest, client_page, member_context
from commerce.portal.base.acts.views import act_page, form_view, press_view
from commerce.portal.base.middleware.requests import content_security_policy
from commerce.portal.base.missing_records import other_client_404
from commerce.portal.base.password_confirmation import ConfirmedForm
from commerce.portal.base.redirects import see_other
from commerce.portal.services.account_page import (
    own_services,
    panel_hosts,
    state_mark,
)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@act_page(panel_sign_in_url, own_services, "portal:service")
def service_panel(request: ClientRequest, service: Service) -> HttpResponse:
    """`/client/services/{id}/panel`: to the control panel, signed in."""
    return _confirmed(request, service, panel_sign_in_url, _("Open control panel"))


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@act_page(panel_console_url, own_services, "portal:service")
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
    limit = throttles.ThrottleLimit(f"panel-link:{service.client_id}", *PANEL_LINKS)
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


service_power = press_view(request_power, Service.objects.for_client, "portal:service")
service_new_password = form_view(
    request_new_password,
    Service.objects.for_client,
    "portal:service",
    "portal/services/new_password.html",
    confirmed_by=ConfirmedForm,
)
service_reinstall = form_view(
    request_reinstall,
    Service.objects.for_client,
    "portal:service",
    "portal/services/reinstall.html",
    confirmed_by=ConfirmedForm,
)


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
