"""People who sign in, and their e-mail addresses.

The address that counts is the user's own. django-allauth keeps it too (``EmailAddress``, primary), with the one that a
user wants to change to beside it; both move in the same transaction.
"""

from datetime import datetime

from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from commerce.accounts import reading, sign_in_emails
from commerce.accounts.actions.email_changes import change_of_stop_link, stop_token
from commerce.accounts.actions.sessions import end_sessions
from commerce.accounts.models import User
from commerce.audit.actions import record
from commerce.kit.actor import Actor
from commerce.kit.errors import Refused
from commerce.mail.actions import confirm_address


def create_user(
    *,
    email: str,
    password: str | None,
    first_name: str,
    last_name: str,
    at: datetime,
    actor: Actor,
    verified: bool = False,
    locale: str = "en",
    time_zone: str = "",
) -> User:
    """A new user; without a password he must reset it before he can sign in. Raises ``Refused`` for a known e-mail.

    Not ``verified``: he has to prove the address before he can sign in (``send_verification``).
    """
    user = User(
        email=email.strip(),
        first_name=first_name,
        last_name=last_name,
        locale=locale,
        time_zone=time_zone,
        created_at=at,
        email_verified_at=at if verified else None,
        # Hashed before the transaction, which would keep all other writers of SQLite waiting meanwhile.
        password=make_password(password),
    )
    insert_user(user=user, at=at, actor=actor)
    return user


def insert_user(*, user: User, at: datetime, actor: Actor) -> None:
    """Keep a user who was put together with his hashed password. Raises ``Refused`` for a known e-mail."""
    try:
        with transaction.atomic():
            user.save(force_insert=True)
            EmailAddress.objects.create(
                user=user,
                email=user.email,
                primary=True,
                verified=user.email_verified_at is not None,
            )
            record(
                at=at,
                actor=actor,
                action="user.created",
                record=("user", user.pk),
                name=user.email,
            )
    except IntegrityError as error:
        raise Refused(_("This e-mail address is taken."), field="email") from error


def send_verification(*, user: User) -> None:
    """Mail a link by which the user proves his address, valid 60 minutes; nothing when it is proven already."""
    address = EmailAddress.objects.filter(user=user, primary=True, verified=False).first()
    if address is not None:
        key = EmailConfirmationHMAC.create(address).key
        sign_in_emails.verify_email(user=user, email=address.email, key=key)


def tell_account_exists(*, email: str, at: datetime) -> None:
    """Mail the owner of an address with which somebody tried to register or wanted to change to."""
    user = User.objects.with_email(email).first()
    if user is not None:
        sign_in_emails.account_exists(email=user.email, locale=user.locale, at=at)


def address_of_link(key: str) -> EmailAddress | None:
    """The address that a mailed link would prove; None for a link that was used, is old or never was ours."""
    link = EmailConfirmationHMAC.from_key(key)
    return link.email_address if link is not None and link.email_address.user.is_active else None


def prove_email(*, key: str, at: datetime, actor: Actor, keep: str | None = None) -> User | None:
    """Use up a mailed link: the address is proven, or takes the place of the former one. Returns its user.

    ``keep`` is the session that goes on when an address changes; the user's others end. None: the link was used, is
    old or never was ours, or the address belongs to somebody else by now.
    """
    address = address_of_link(key)
    if address is None:
        return None
    user = address.user
    try:
        with transaction.atomic():
            if not EmailAddress.objects.filter(pk=address.pk, verified=False).update(verified=True):
                return None
            if address.primary:
                note_proven(user=user, at=at, actor=actor)
            else:
                _replace(user, address, at=at, actor=actor, keep=keep)
    except IntegrityError:
        return None
    user.refresh_from_db()
    return user


@transaction.atomic
def note_proven(*, user: User, at: datetime, actor: Actor) -> None:
    """The user has shown that he reads the mail of his address; a new member is welcomed."""
    EmailAddress.objects.filter(user=user, primary=True).update(verified=True)
    if not User.objects.filter(pk=user.pk, email_verified_at=None).update(email_verified_at=at):
        return
    record(
        at=at, actor=actor, action="user.email_verified", record=("user", user.pk), name=user.email
    )
    if user.last_login_at is None:
        sign_in_emails.welcome(user=user, at=at)


def _replace(
    user: User, address: EmailAddress, *, at: datetime, actor: Actor, keep: str | None
) -> None:
    old, new = user.email, address.email
    EmailAddress.objects.filter(user=user).exclude(pk=address.pk).delete()
    EmailAddress.objects.filter(pk=address.pk).update(primary=True)
    User.objects.filter(pk=user.pk).update(email=new, email_verified_at=at)
    record(
        at=at,
        actor=actor,
        action="user.email_changed",
        record=("user", user.pk),
        name=new,
        before={"email": old},
        after={"email": new},
    )
    end_sessions(user=user, keep=keep, at=at, actor=actor)
    confirm_address(email=new, at=at, actor=actor)
    sign_in_emails.email_changed(user=user, old_email=old, new_email=new, at=at)


@transaction.atomic
def ask_email_change(*, user: User, email: str, at: datetime, actor: Actor) -> None:
    """Note the address that a user wants to change to; it counts once it is proven. A former wish is dropped.

    Who owns the new address learns of it in any case: by a link, or that he has an account already. The present address
    gets a link that stops it. Raises ``Refused`` for the address that the user has.
    """
    email = email.strip()
    if email.lower() == user.email.lower():
        raise Refused(_("This is your address already."), field="email")
    User.objects.select_for_update(no_key=True).get(pk=user.pk)  # two at once leave one wish
    EmailAddress.objects.filter(user=user, primary=False).delete()
    address = EmailAddress.objects.create(user=user, email=email, primary=False, verified=False)
    record(
        at=at,
        actor=actor,
        action="user.email_change_asked",
        record=("user", user.pk),
        name=user.email,
        after={"email": email},
    )
    token = stop_token(address)
    sign_in_emails.email_change_asked(user=user, new_email=email, token=token, at=at, actor=actor)
    if User.objects.with_email(email).exists():
        tell_account_exists(email=email, at=at)
    else:
        key = EmailConfirmationHMAC.create(address).key
        sign_in_emails.verify_email(user=user, email=email, key=key)


@transaction.atomic
def stop_email_change(*, token: str, at: datetime, actor: Actor) -> User | None:
    """The owner of the present address did not ask for the change: it ends, and so does every session. Returns him.

    None: the change was made, has ended already, or the link never was ours.
    """
    change = change_of_stop_link(token)
    wishes = EmailAddress.objects.select_for_update().filter(primary=False)
    if change is None or wishes.filter(pk=change.pk).first() is None:  # made or stopped meanwhile
        return None
    record(
        at=at,
        actor=actor,
        action="user.email_change_stopped",
        record=("user", change.user_id),
        name=change.user.email,
        before={"email": change.email},
    )
    end_sessions(user=change.user, keep=None, at=at, actor=actor)
    return change.user


@transaction.atomic
def change_reading(*, user: User, locale: str, time_zone: str, at: datetime, actor: Actor) -> None:
    """Change in which language and time zone a user reads; an empty zone is that of the installation.

    Raises ``Refused`` for a language or zone that cannot be chosen. What stays the same is not written.
    """
    if locale not in reading.languages():
        raise Refused(_("Choose one of the languages offered."), field="locale")
    if time_zone and time_zone not in reading.zones():
        raise Refused(_("Choose one of the time zones offered."), field="time_zone")
    stored = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    now = {"locale": locale, "time_zone": time_zone}
    before = {key: getattr(stored, key) for key in now if getattr(stored, key) != now[key]}
    if not before:
        return
    after = {key: now[key] for key in before}
    User.objects.filter(pk=user.pk).update(**after)
    record(
        at=at,
        actor=actor,
        action="user.reading_changed",
        record=("user", user.pk),
        name=user.email,
        before=before,
        after=after,
    )
