"""Registration (accounts.md 4)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction

from commerce.accounts import passwords, sign_in_emails
from commerce.accounts.actions.clients import create_client
from commerce.accounts.actions.custom_values import at_registration
from commerce.accounts.actions.users import create_user, insert_user, send_verification
from commerce.accounts.models import Client, User
from commerce.kit.actor import Actor
from commerce.kit.errors import Refused
from commerce.preferences.current import get


def register(
    *,
    email: str,
    password: str,
    first_name: str,
    last_name: str,
    company: str,
    country: str,
    currency_code: str,
    terms_version: str,
    locale: str,
    at: datetime,
    actor: Actor,
    custom: Mapping[int, str] | None = None,
) -> User | None:
    """A new user, his client with its answers by custom field, and the owner's membership, all or nothing.

    While the e-mail must be proven, a link is mailed, and a known address gives None after the same time: the caller
    shows the same page and tells the owner by mail. Otherwise a known address is ``Refused``, as is a bad password.
    """
    passwords.check_new(password, email=email, first_name=first_name, last_name=last_name)
    answers = at_registration(custom or {})
    user = User(
        email=email.strip(),
        first_name=first_name,
        last_name=last_name,
        locale=locale,
        created_at=at,
        terms_version=terms_version[:100],
        terms_accepted_at=at if terms_version else None,
        password=make_password(password),
    )
    must_prove = get("security.require_email_verification")
    try:
        with transaction.atomic():
            _keep(user, company, country, currency_code, answers, at=at, actor=actor)
            if must_prove:
                send_verification(user=user)
            else:
                sign_in_emails.welcome(user=user, at=at)
    except Refused as refused:
        if must_prove and refused.field == "email":
            return None
        raise
    return user


@transaction.atomic
def open_account(
    *,
    owner_email: str,
    first_name: str,
    last_name: str,
    email: str,
    country: str,
    currency_code: str,
    at: datetime,
    actor: Actor,
    **details: Any,
) -> tuple[Client, bool]:
    """Staff make a client whose owner signs in with this address, and welcome him; ``details`` as of ``create_client``.

    True: there was no such user, and he has no password yet.
    """
    owner = User.objects.filter(email__iexact=owner_email).first()
    is_new = owner is None
    if owner is None:
        owner = create_user(
            email=owner_email,
            password=None,
            first_name=first_name,
            last_name=last_name,
            at=at,
            actor=actor,
            verified=True,
        )
    client = create_client(
        owner=owner,
        first_name=first_name,
        last_name=last_name,
        email=email,
        country=country,
        currency_code=currency_code,
        at=at,
        actor=actor,
        **details,
    )
    sign_in_emails.welcome(user=owner, client=client, at=at)
    return client, is_new


def _keep(
    user: User,
    company: str,
    country: str,
    currency_code: str,
    answers: Mapping[int, str],
    *,
    at: datetime,
    actor: Actor,
) -> None:
    insert_user(user=user, at=at, actor=actor)
    create_client(
        owner=user,
        first_name=user.first_name,
        last_name=user.last_name,
        company=company,
        email=user.email,
        country=country,
        currency_code=currency_code,
        locale=user.locale,
        custom=answers,
        at=at,
        actor=Actor("member", user.pk, user.email, actor.address, actor.request_id),
    )
