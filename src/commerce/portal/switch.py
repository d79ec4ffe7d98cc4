"""`/client/switch`: which of his clients a member acts for (portal.md 3)."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from commerce.accounts.models import Client, Membership
from commerce.portal import shopping
from commerce.portal.access import ACTING_KEY, acting_of, sign_in_first
from commerce.portal.answers import HOME, path_on_this_site, see_other


@require_http_methods(["GET", "HEAD", "POST"])
def switch(request: HttpRequest) -> HttpResponse:
    """The clients of this user with his role in each; choosing one goes on to the page asked for."""
    if not request.user.is_authenticated:
        return sign_in_first(request)
    memberships = list(Membership.objects.for_user(request.user))
    if request.method == "POST":
        return _chosen(request, memberships)
    context = {
        "memberships": memberships,
        "current": acting_of(request),
        "next": path_on_this_site(request.GET.get("next", HOME)),
    }
    return render(request, "portal/switch.html", context)


def _chosen(request: HttpRequest, memberships: list[Membership]) -> HttpResponse:
    wanted = request.POST.get("client", "")
    one = next((one for one in memberships if str(one.client_id) == wanted), None)
    if one is None or one.client.status == Client.Status.CLOSED:
        raise Http404
    request.session[ACTING_KEY] = one.client_id
    shopping.arrive(request)
    name = one.client.company or one.client.name
    messages.success(request, _("You now act for %(name)s.") % {"name": name})
    return see_other(path_on_this_site(request.POST.get("next", HOME)))
