"""A person changes their own password, in either area (accounts.md 5)."""

from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest

from commerce.accounts.actions import passwords
from commerce.accounts.actions.sessions import change_session_key
from commerce.accounts.models import User
from commerce.kit.errors import BusinessError
from commerce.portal.base.access import member_context
from commerce.portal.base.security.forms import ChangePasswordForm


def password_changed(request: HttpRequest, form: ChangePasswordForm) -> bool:
    """Whether a valid form changed it; all other sessions have ended then, and this one goes on under a new id."""
    user = request.user
    assert isinstance(user, User)
    try:
        passwords.change_password(
            user=user,
            password=form.cleaned_data["new"],
            revoke_tokens=form.cleaned_data["revoke_tokens"],
            keep_session=request.session.session_key,
            ctx=member_context(request),
        )
    except BusinessError as error:
        form.add_error("new" if error.field else None, str(error))
        return False
    renew_session(request, user)
    return True


def renew_session(request: HttpRequest, user: User) -> None:
    """Give this session a new id that the present password covers."""
    old = request.session.session_key or ""
    update_session_auth_hash(request, user)
    change_session_key(old_key=old, new_key=request.session.session_key or "")
