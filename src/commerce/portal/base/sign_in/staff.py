"""Who is signed in to the staff area."""

from typing import cast

from django.http import HttpRequest

from commerce.accounts.models import Staff, User
from commerce.portal.base.sign_in.doors import door_of

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
