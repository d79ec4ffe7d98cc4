"""Registration (accounts.md 4)."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction

from commerce.accounts import passwords, sign_in_emails
from commerce.accounts.actions.clients import clean_client_values, create_client
from commerce.accounts.actions.custom_values import order_answers, registration_answers
from commerce.accounts.actions.members import refuse_staff_as_member
from commerce.accounts.actions.users import create_user, save_new_user, send_verification
from commerce.accounts.models import Client, User
from commerce.kit.context import Actor, Context
from commerce.kit.errors import BusinessError
from commerce.site_settings.current import get_setting


def register_user(
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
    ctx: Context,
    custom: Mapping[int, str] | None = None,
    first_order: Mapping[str, str] | None = None,
) -> User | None:
    """A new user, their client with its answers by custom field, and the owner's membership, all or nothing.

    ``first_order`` are other editable fields of the client, from a checkout, where ``custom`` also answers what orders
    ask for.

    While the e-mail must be proven, a link is mailed, and a known address gives None after the same time: the caller
    shows the same page and tells the owner by mail. Otherwise a known address is ``BusinessError``, as is a bad
    password.
    """
    passwords.check_new_password(password, email=email, first_name=first_name, last_name=last_name)
    answers = registration_answers(custom or {})
    if first_order is not None:
        answers |= order_answers(custom or {})
    # What is wrong with these is said whether or not the address is known.
    details = clean_client_values({"country": country, **(first_order or {})}, ctx.at)
    user = User(
        email=email.strip(),
        first_name=first_name,
        last_name=last_name,
        locale=locale,
        created_at=ctx.at,
        terms_version=terms_version[:100],
        terms_accepted_at=ctx.at if terms_version else None,
        password=make_password(password),
    )
    must_prove = get_setting("security.require_email_verification")
    try:
        with transaction.atomic():
            _store_account(user, currency_code, answers, details | {"company": company}, ctx=ctx)
            if must_prove:
                send_verification(user=user)
            else:
                sign_in_emails.welcome_user(user=user, at=ctx.at)
    except BusinessError as refused:
        if must_prove and refused.field == "email":
            return None
        raise
    return user


@transaction.atomic
def open_client_account(
    *,
    owner_email: str,
    first_name: str,
    last_name: str,
    email: str,
    country: str,
    currency_code: str,
    ctx: Context,
    **details: Any,
) -> tuple[Client, bool]:
    """Staff make a client whose owner signs in with this address, and welcome them; ``details``
    as of ``create_client``.

    True: there was no such user, and they have no password yet.
    """
    refuse_staff_as_member(email=owner_email, actor=ctx.actor)
    owner = User.objects.filter(email__iexact=owner_email).first()
    is_new = owner is None
    if owner is None:
        owner = create_user(
            email=owner_email,
            password=None,
            first_name=first_name,
            last_name=last_name,
            ctx=ctx,
            verified=True,
        )
    client = create_client(
        owner=owner,
        first_name=first_name,
        last_name=last_name,
        email=email,
        country=country,
        currency_code=currency_code,
        ctx=ctx,
        **details,
    )
    sign_in_emails.welcome_user(user=owner, client=client, at=ctx.at)
    return client, is_new


def _store_account(
    user: User,
    currency_code: str,
    answers: Mapping[int, str],
    details: Mapping[str, str],
    *,
    ctx: Context,
) -> None:
    save_new_user(user=user, ctx=ctx)
    create_client(
        owner=user,
        first_name=user.first_name,
        last_name=user.last_name,
        email=user.email,
        currency_code=currency_code,
        locale=user.locale,
        custom=answers,
        **details,
        ctx=Context(
            ctx.at, Actor("member", user.pk, user.email, ctx.actor.address, ctx.actor.request_id)
        ),
    )
