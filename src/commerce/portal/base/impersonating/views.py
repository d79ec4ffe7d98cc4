"""`/client/return-to-admin`: staff who act for a client go back to its record in the staff area (portal.md 3)."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from commerce.accounts.impersonation.actions import end_impersonation
from commerce.accounts.session_store import SessionStore
from commerce.kit import clock
from commerce.portal.base.access import member_context, redirect_to_sign_in
from commerce.portal.base.impersonating.impersonation import impersonation_of
from commerce.portal.base.redirects import see_other
from commerce.portal.base.sign_in.session_clock import SESSION_SEEN_KEY


@require_POST
def return_to_staff(request: HttpRequest) -> HttpResponse:
    """Ends this session, and opens the staff's again."""
    acting = impersonation_of(request)
    if acting is None:
        if not request.user.is_authenticated:
            return redirect_to_sign_in(request)
        raise Http404
    staff_session = SessionStore(session_key=acting.staff_session_key)
    staff_session[SESSION_SEEN_KEY] = int(clock.now().timestamp())
    end_impersonation(staff_session=staff_session, ctx=member_context(request))
    request.session.flush()
    return see_other(f"/admin/clients/{acting.client.pk}")
