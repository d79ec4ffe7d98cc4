"""Who may sign in with a password."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from commerce.accounts.models import User
from commerce.accounts.passwords import MAX_PASSWORD_LENGTH


class EmailBackend(ModelBackend):
    """An active user, by e-mail address and password. A wrong one takes as long whether or not there is such a user."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        if username is None or password is None:
            return None
        if len(password) > MAX_PASSWORD_LENGTH:
            # No password is that long; hashing a text of megabytes would only keep us busy.
            username, password = "", password[:MAX_PASSWORD_LENGTH]
        user = super().authenticate(request, username=username, password=password)
        return user if isinstance(user, User) else None
