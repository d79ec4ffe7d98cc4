"""Who is signed in to the staff area, and from where one may."""

from ipaddress import ip_network

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from commerce.accounts.models import Staff, User
from commerce.db.compiled import QueryParam
from commerce.db.fast_paths import CompiledQuerySet
from commerce.kit.proxy_headers import is_in_networks, parse_address
from commerce.portal.base.sign_in.areas import sign_in_area_of
from commerce.site_settings.current import get_setting

_ATTRIBUTE = "_commerce_staff"
_MACHINE = "_commerce_machine_account"
_ACTIVE = CompiledQuerySet(
    lambda: Staff.objects.active().filter(
        user_id=QueryParam("user", Staff._meta.get_field("user").target_field)
    )
)
"""Each page of the staff area asks it: 0.08 ms in place of 1.2."""


def staff_of(request: HttpRequest) -> Staff | None:
    """The active staff person of a staff session; None without one. Read once for each request."""
    user = getattr(request, "user", None)
    machine: Staff | None = getattr(request, _MACHINE, None)
    if machine is not None:
        return machine
    if not isinstance(user, User) or not sign_in_area_of(request).is_staff:
        return None
    asked_about, found = getattr(request, _ATTRIBUTE, (None, None))
    if asked_about != user.pk:
        found = next(iter(_ACTIVE.instances(user=user.pk)), None)
        if found is not None:
            found.user = user
        setattr(request, _ATTRIBUTE, (user.pk, found))
    return found


def is_from_staff_network(request: HttpRequest) -> bool:
    """Whether a request comes from where the staff area opens at all, by ``security.staff_networks``."""
    networks = get_setting("security.staff_networks")
    address = parse_address(request.META.get("REMOTE_ADDR", ""))
    return not networks or is_in_networks(address, [ip_network(one) for one in networks])


def let_act(request: HttpRequest, staff: Staff) -> None:
    """This person, or machine account, makes a request without a session: one with a token of theirs."""
    if staff.user is None:
        request.user = AnonymousUser()
        setattr(request, _MACHINE, staff)
    else:
        request.user = staff.user
        setattr(request, _ATTRIBUTE, (staff.user.pk, staff))
