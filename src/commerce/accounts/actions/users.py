"""People who sign in, and their e-mail addresses.

The address that counts is the user's own. django-allauth keeps it too (``EmailAddress``, primary), with the one that a
user wants to change to beside it; both move in the same transaction.
"""

from datetime import datetime

from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from commerce.accounts import sign_in_emails
from commerce.accounts.actions.email_changes import email_change_of_stop_link, stop_token
from commerce.accounts.actions.sessions import end_sessions
from commerce.accounts.locale import enabled_languages, selectable_zones
from commerce.accounts.models import User
from commerce.audit.actions import write_audit_entry
from commerce.db.fast_paths import insert_rows
from commerce.db.locks import lock
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.mail.actions.addresses import confirm_address


def create_user(
    *,
    email: str,
    password: str | None,
    first_name: str,
    last_name: str,
    ctx: Context,
    verified: bool = False,
    locale: str = "en",
    time_zone: str = "",
) -> User:
    """A new user; without a password they must reset it before they can sign in. Raises ``BusinessError`` for a known
    e-mail.

    Not ``verified``: they have to prove the address before they can sign in (``send_verification``).
    """
    user = User(
        email=email.strip(),
        first_name=first_name,
        last_name=last_name,
        locale=locale,
        time_zone=time_zone,
        created_at=ctx.at,
        email_verified_at=ctx.at if verified else None,
        # Hashed before the transaction, which would keep all other writers of SQLite waiting meanwhile.
        password=make_password(password),
    )
    save_new_user(user=user, ctx=ctx)
    return user


def save_new_user(*, user: User, ctx: Context) -> None:
    """Keep a user who was put together with their hashed password. Raises ``BusinessError`` for a known e-mail."""
    try:
        with transaction.atomic():
            insert_rows(user)
            address = EmailAddress(
                user=user,
                email=user.email,
                primary=True,
                verified=user.email_verified_at is not None,
            )
            insert_rows(address)
            write_audit_entry(
                ctx=ctx,
                action="user.created",
                record=("user", user.pk),
                name=user.email,
            )
    except IntegrityError as error:
        raise BusinessError("user.email_taken", field="email") from error


def send_verification(*, user: User) -> None:
    """Mail a link by which the user proves their address, valid 60 minutes; nothing when it is proven already."""
    address = EmailAddress.objects.filter(user=user, primary=True, verified=False).first()
    if address is not None:
        key = EmailConfirmationHMAC.create(address).key
        sign_in_emails.send_verification_link(user=user, email=address.email, token=key)


def unverified_only_blocked_reason(user: User, ctx: Context) -> StateConflict | None:
    """Why a user's address needs no verification."""
    verified = user.email_verified_at is not None
    return StateConflict("user.already_verified") if verified else None


@transaction.atomic
def send_verification_again(*, user: User, ctx: Context) -> None:
    """Staff have the link mailed once more to somebody who lacks it. Raises ``StateConflict`` once it is proven."""
    if blocked := unverified_only_blocked_reason(lock(user), ctx):
        raise blocked
    write_audit_entry(
        ctx=ctx, action="user.verification_sent", record=("user", user.pk), name=user.email
    )
    send_verification(user=user)


def send_account_exists_email_to_owner(*, email: str, at: datetime) -> None:
    """Mail the owner of an address with which somebody tried to register or wanted to change to."""
    user = User.objects.with_email(email).first()
    if user is not None:
        sign_in_emails.send_account_exists_email(email=user.email, locale=user.locale, at=at)


def email_of_verification_link(token: str) -> EmailAddress | None:
    """The address that a mailed link would prove; None for a link that was used, is old or never was ours."""
    link = EmailConfirmationHMAC.from_key(token)
    return link.email_address if link is not None and link.email_address.user.is_active else None


def verify_email(*, token: str, ctx: Context, keep_session: str | None = None) -> User | None:
    """Use up a mailed link: the address is proven, or takes the place of the former one. Returns its user.

    ``keep_session`` is the session that goes on when an address changes; the user's others end. None: the link was
    used, is old or never was ours, or the address belongs to somebody else by now.
    """
    address = email_of_verification_link(token)
    if address is None:
        return None
    user = address.user
    try:
        with transaction.atomic():
            if not EmailAddress.objects.filter(pk=address.pk, verified=False).update(verified=True):
                return None
            if address.primary:
                store_verified_email(user=user, ctx=ctx)
            else:
                _replace(user, address, ctx=ctx, keep=keep_session)
    except IntegrityError:
        return None
    user.refresh_from_db()
    return user


@transaction.atomic
def mark_email_verified(*, user: User, ctx: Context) -> None:
    """Staff vouch for a user's address. Raises ``StateConflict`` when it is proven."""
    if blocked := unverified_only_blocked_reason(lock(user), ctx):
        raise blocked
    store_verified_email(user=user, ctx=ctx)


@transaction.atomic
def store_verified_email(*, user: User, ctx: Context) -> None:
    """The user has shown that they read the mail of their address; a new member is welcomed."""
    EmailAddress.objects.filter(user=user, primary=True).update(verified=True)
    if not User.objects.filter(pk=user.pk, email_verified_at=None).update(email_verified_at=ctx.at):
        return
    write_audit_entry(
        ctx=ctx, action="user.email_verified", record=("user", user.pk), name=user.email
    )
    if user.last_login_at is None:
        sign_in_emails.welcome_user(user=user, at=ctx.at)


def _replace(user: User, address: EmailAddress, *, ctx: Context, keep: str | None) -> None:
    old, new = user.email, address.email
    EmailAddress.objects.filter(user=user).exclude(pk=address.pk).delete()
    EmailAddress.objects.filter(pk=address.pk).update(primary=True)
    User.objects.filter(pk=user.pk).update(email=new, email_verified_at=ctx.at)
    write_audit_entry(
        ctx=ctx,
        action="user.email_changed",
        record=("user", user.pk),
        name=new,
        before={"email": old},
        after={"email": new},
    )
    end_sessions(user=user, keep_session=keep, ctx=ctx)
    confirm_address(email=new, ctx=ctx)
    sign_in_emails.send_email_changed_email(user=user, old_email=old, new_email=new, at=ctx.at)


@transaction.atomic
def request_email_change(
    *, user: User, email: str, ctx: Context, for_staff: bool = False, reason: str = ""
) -> None:
    """Keep the address that a user wants to change to; it counts once it is proven. A former one is dropped.

    Who owns the new address learns of it in any case: by a link, or that they have an account already. The present
    address gets a link that stops it. With ``for_staff`` the links lead to the staff area. Raises ``BusinessError`` for
    the address that the user has.
    """
    email = email.strip()
    if email.lower() == user.email.lower():
        raise BusinessError("user.email_unchanged", field="email")
    User.objects.select_for_update(no_key=True).get(pk=user.pk)  # two at once leave one new address
    EmailAddress.objects.filter(user=user, primary=False).delete()
    address = EmailAddress.objects.create(user=user, email=email, primary=False, verified=False)
    write_audit_entry(
        ctx=ctx,
        action="user.email_change_asked",
        record=("user", user.pk),
        name=user.email,
        after={"email": email},
        reason=reason,
    )
    token = stop_token(address)
    sign_in_emails.send_email_change_requested_email(
        user=user, new_email=email, token=token, for_staff=for_staff, ctx=ctx
    )
    if User.objects.with_email(email).exists():
        send_account_exists_email_to_owner(email=email, at=ctx.at)
    else:
        key = EmailConfirmationHMAC.create(address).key
        sign_in_emails.send_verification_link(
            user=user, email=email, token=key, for_staff=for_staff
        )


@transaction.atomic
def revoke_email_change(*, token: str, ctx: Context) -> User | None:
    """The owner of the present address did not ask for the change: it ends, and so does every session. Returns them.

    None: the change was made, has ended already, or the link never was ours.
    """
    change = email_change_of_stop_link(token)
    pending = EmailAddress.objects.select_for_update().filter(primary=False)
    if change is None or pending.filter(pk=change.pk).first() is None:  # made or stopped meanwhile
        return None
    write_audit_entry(
        ctx=ctx,
        action="user.email_change_stopped",
        record=("user", change.user_id),
        name=change.user.email,
        before={"email": change.email},
    )
    end_sessions(user=change.user, keep_session=None, ctx=ctx)
    return change.user


@transaction.atomic
def change_locale(*, user: User, locale: str, time_zone: str, ctx: Context) -> None:
    """Change in which language and time zone a user reads; an empty zone is that of the installation.

    Raises ``BusinessError`` for a language or zone that cannot be chosen. What stays the same is not written.
    """
    if locale not in enabled_languages():
        raise BusinessError("locale.not_offered", field="locale")
    if time_zone and time_zone not in selectable_zones():
        raise BusinessError("user.time_zone_not_offered", field="time_zone")
    stored = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    wanted = {"locale": locale, "time_zone": time_zone}
    before = {key: getattr(stored, key) for key in wanted if getattr(stored, key) != wanted[key]}
    if not before:
        return
    after = {key: wanted[key] for key in before}
    User.objects.filter(pk=user.pk).update(**after)
    write_audit_entry(
        ctx=ctx,
        action="user.reading_changed",
        record=("user", user.pk),
        name=user.email,
        before=before,
        after=after,
    )
