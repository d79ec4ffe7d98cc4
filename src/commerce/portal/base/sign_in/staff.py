"""Who is signed in to the staff area, and from where one may."""

from ipaddress import ip_network
from typing import cast

from django.http import HttpRequest

from commerce.accounts.models import Staff, User
from commerce.kit.proxy_headers import is_in_networks, parse_address
from commerce.portal.base.sign_in.doors import door_of
from commerce.site_settings.current import get_setting

_ATTRIBUTE = "_commerce_staff"


def staff_of(request: HttpRequest) -> Staff | None:
    """The active staff person of a staff session; None without one. Read once for each request."""
    found = getattr(request, _ATTRIBUTE, None)
    user = getattr(request, "user", None)
    if not isinstance(user, User) or not door_of(request).is_staff:
        return None
    if found is None or found.user_id != user.pk:
        found = Staff.objects.active().filter(user=user).first()
        if found is not None:
            found.user = user
        setattr(request, _ATTRIBUTE, found)
    return cast(Staff | None, found)


def is_from_staff_network(request: HttpRequest) -> bool:
    """Whether a request comes from where the staff area opens at all, by ``security.staff_networks``."""
    networks = get_setting("security.staff_networks")
    address = parse_address(request.META.get("REMOTE_ADDR", ""))
    return not networks or is_in_networks(address, [ip_network(one) for one in networks])
