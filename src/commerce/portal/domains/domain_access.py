"""What pages that change a domain share: whose it is, who may, and whether it is possible now (domains.md 1 and 5)."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpResponse

from commerce.domains.actions.editing import BlockedReason
from commerce.domains.models import Domain
from commerce.kit.errors import BusinessError, PermissionDenied, StateConflict
from commerce.portal.base.access import ClientRequest, member_context
from commerce.portal.base.missing_records import other_client_404
from commerce.portal.base.redirects import SeeOtherRedirect, see_other

MANAGE_RIGHT = "domains.manage"
"""Of every act on a domain, also of those that make an invoice; whether the member may pay it is another question."""

type DomainView = Callable[..., HttpResponse]


def for_domain(blocked: BlockedReason) -> Callable[[DomainView], DomainView]:
    """The view gets the client's own domain in place of its key; where it is ``blocked`` the domain's page says why.
    While the client is suspended it is only read.
    """

    def decorate(view: DomainView) -> DomainView:
        @wraps(view)
        def found_first(request: ClientRequest, pk: int) -> HttpResponse:
            rows = Domain.objects.for_client(request.acting.client)
            domain = rows.filter(pk=pk).first()
            if domain is None:
                return other_client_404(request, Domain.objects.for_client, pk, MANAGE_RIGHT)
            if not request.acting.is_active:
                return to_domain(domain)
            if reason := blocked(domain, member_context(request)):
                messages.info(request, str(reason))
                return to_domain(domain)
            return view(request, domain)

        return found_first

    return decorate


def to_domain(domain: Domain) -> SeeOtherRedirect:
    """Back to the page of the domain."""
    return see_other("portal:domain", domain.pk)


def act_and_tell(request: ClientRequest, act: Callable[[], Any], success: str) -> None:
    """Do what one press of a button asks for, and have the next page say what came of it."""
    try:
        act()
    except PermissionDenied:
        raise
    except StateConflict as conflict:
        messages.info(request, str(conflict))
    except BusinessError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, success)
