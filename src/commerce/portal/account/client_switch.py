"""`/client/switch`: for which of their clients a member acts (portal.md 3)."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from commerce.accounts.models import Membership
from commerce.accounts.rules import ClientStatus
from commerce.portal.base.access import ACTING_CLIENT_KEY, acting_member_of, redirect_to_sign_in
from commerce.portal.base.redirects import DASHBOARD_PATH, path_on_this_site, see_other
from commerce.portal.shop import shopper


@require_http_methods(["GET", "HEAD", "POST"])
def client_switch(request: HttpRequest) -> HttpResponse:
    """The clients of this user with the role in each; choosing one goes on to the page asked for."""
    if not request.user.is_authenticated:
        return redirect_to_sign_in(request)
    memberships = list(Membership.objects.for_user(request.user))
    if request.method == "POST":
        return _chosen(request, memberships)
    context = {
        "memberships": memberships,
        "current": acting_member_of(request),
        "next": path_on_this_site(request.GET.get("next", DASHBOARD_PATH)),
    }
    return render(request, "portal/account/client_switch.html", context)


def _chosen(request: HttpRequest, memberships: list[Membership]) -> HttpResponse:
    wanted = request.POST.get("client", "")
    one = next((one for one in memberships if str(one.client_id) == wanted), None)
    if one is None or one.client.status == ClientStatus.CLOSED:
        raise Http404
    request.session[ACTING_CLIENT_KEY] = one.client_id
    shopper.merge_guest_cart(request)
    name = one.client.company or one.client.name
    messages.success(request, _("You switched to %(name)s.") % {"name": name})
    return see_other(path_on_this_site(request.POST.get("next", DASHBOARD_PATH)))
