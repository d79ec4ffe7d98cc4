"""Second factors: TOTP, passkeys, recovery codes (accounts.md 6). Each change ends the user's other sessions."""

import re
import secrets
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.db import IntegrityError, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts import sign_in_emails
from commerce.accounts.actions.sessions import end_sessions
from commerce.accounts.mfa import factor_name, has_factor, primary_factors
from commerce.accounts.models import Staff, TotpStep, User
from commerce.audit.actions import write_audit_entry
from commerce.db.locks import lock
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.site_settings.encryption import key_ring

TOTP_STEP_SECONDS = 30
"""One step of TOTP; the one before and the one after are accepted too."""

_SIX_DIGITS = re.compile(r"\s*[0-9]{3}\s?[0-9]{3}\s*\Z")
MAX_PASSKEYS = 20


def _changed(user: User, action: str, change_text: Promise, *, ctx: Context, **more: Any) -> None:
    write_audit_entry(ctx=ctx, action=action, record=("user", user.pk), name=user.email, **more)
    sign_in_emails.send_second_factor_changed_email(user=user, change_text=change_text, ctx=ctx)


def _step_of(secret: str, code: str, at: datetime) -> int | None:
    """The time step of which ``code`` is the code; None when it is of none that counts now."""
    now = int(at.timestamp()) // TOTP_STEP_SECONDS
    digits = "".join(code.split()).encode()
    for step in (now, now - 1, now + 1):
        right = format_hotp_value(hotp_value(secret, step))
        if secrets.compare_digest(right.encode(), digits):
            return step
    return None


@transaction.atomic
def add_totp(
    *, user: User, secret: str, code: str, ctx: Context, keep_session: str | None
) -> list[str]:
    """Turn TOTP on after one right code. Returns the recovery codes if this is the first factor, to be shown once.

    Raises ``BusinessError`` for a wrong code, ``StateConflict`` when TOTP is on already.
    """
    if Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists():
        raise StateConflict("authenticator.already_set_up")
    step = _step_of(secret, code, ctx.at)
    if step is None:
        raise BusinessError("authenticator.setup_code_wrong", field="code")
    try:
        with transaction.atomic():
            factor = Authenticator.objects.create(
                user=user,
                type=Authenticator.Type.TOTP,
                data={"secret": key_ring().encrypt(secret)},
                created_at=ctx.at,
            )
            TotpStep.objects.create(factor=factor, step=step)
    except IntegrityError as error:
        raise StateConflict("authenticator.already_set_up") from error
    _changed(user, "factor.added", _lazy("Authenticator app added"), ctx=ctx)
    end_sessions(user=user, keep_session=keep_session, ctx=ctx)
    return _first_codes(user, at=ctx.at)


@transaction.atomic
def add_passkey(
    *, user: User, name: str, credential: Any, ctx: Context, keep_session: str | None
) -> list[str]:
    """Keep a passkey whose ceremony was checked. Returns the recovery codes if this is the first factor."""
    if (
        Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).count()
        >= MAX_PASSKEYS
    ):
        raise BusinessError("passkey.too_many", number=MAX_PASSKEYS)
    Authenticator.objects.create(
        user=user,
        type=Authenticator.Type.WEBAUTHN,
        data={"name": name, "credential": credential},
        created_at=ctx.at,
    )
    change_text = _lazy("Passkey added")
    _changed(user, "factor.added", change_text, ctx=ctx, after={"name": name})
    end_sessions(user=user, keep_session=keep_session, ctx=ctx)
    return _first_codes(user, at=ctx.at)


def _first_codes(user: User, *, at: datetime) -> list[str]:
    if Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).exists():
        return []
    return _make_codes(user, at=at)


def _make_codes(user: User, *, at: datetime) -> list[str]:
    row = Authenticator.objects.create(
        user=user,
        type=Authenticator.Type.RECOVERY_CODES,
        data={"seed": key_ring().encrypt(RecoveryCodes.generate_seed()), "used_mask": 0},
        created_at=at,
    )
    return list(RecoveryCodes(row).generate_codes())


@transaction.atomic
def new_recovery_codes(
    *, user: User, replaced_id: int, ctx: Context, keep_session: str | None
) -> list[str]:
    """Make new recovery codes in the place of those with id ``replaced_id`` (0: there are none); the old ones are void.

    Raises ``BusinessError`` without a factor, or when they were made anew already: the same form sent twice counts
    once.
    """
    if not has_factor(user):
        raise BusinessError("recovery_code.without_factor")
    rows = Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES)
    removed = rows.filter(pk=replaced_id).delete()[0]
    if not removed and (replaced_id or rows.exists()):
        raise BusinessError("recovery_code.already_replaced")
    codes = _make_codes(user, at=ctx.at)
    change_text = _lazy("New recovery codes generated; the previous codes no longer work")
    _changed(user, "factor.codes_made", change_text, ctx=ctx)
    end_sessions(user=user, keep_session=keep_session, ctx=ctx)
    return codes


def consume_code(*, user: User, code: str, ctx: Context) -> str | None:
    """Use up a code: six digits are a TOTP code, anything else a recovery code. Returns its kind, None if it is wrong.

    A TOTP code counts once: its step moves forward by compare-and-swap, and no earlier one is accepted afterwards.
    """
    if _SIX_DIGITS.match(code):
        return "totp" if _totp(user, code, ctx.at) else None
    return "recovery_codes" if _recovery_code(user, code, ctx=ctx) else None


def _totp(user: User, code: str, at: datetime) -> bool:
    factor = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    step = _step_of(key_ring().decrypt(factor.data["secret"]), code, at) if factor else None
    if factor is None or step is None:
        return False
    with transaction.atomic():
        if not TotpStep.objects.filter(factor=factor, step__lt=step).update(step=step):
            return False
        Authenticator.objects.filter(pk=factor.pk).update(last_used_at=at)
    return True


def _recovery_code(user: User, code: str, *, ctx: Context) -> bool:
    with transaction.atomic():
        rows = Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES)
        codes = rows.select_for_update().first()
        if codes is None or not codes.wrap().validate_code(code):
            return False
        rows.update(last_used_at=ctx.at)
        change_text = _lazy("Recovery code used")
        _changed(user, "factor.code_used", change_text, ctx=ctx)
    return True


@transaction.atomic
def record_passkey_use(
    *, factor: Authenticator, sign_count: int, first_sign_count: int, at: datetime
) -> bool:
    """Keep when a passkey was last used, and the counter of its signatures; false when that did not rise.

    ``first_sign_count`` is the one with which it was added. Devices without a counter always say 0 (WebAuthn 7.2).
    Not audited: the sign-in is.
    """
    kept = Authenticator.objects.select_for_update().filter(pk=factor.pk).first()
    if kept is None:
        return False
    before = kept.data.get("sign_count", first_sign_count)
    if (sign_count or before) and sign_count <= before:
        return False
    data = kept.data | ({"sign_count": sign_count} if sign_count else {})
    Authenticator.objects.filter(pk=factor.pk).update(data=data, last_used_at=at)
    return True


@transaction.atomic
def rename_passkey(*, user: User, factor_id: int, name: str, ctx: Context) -> bool:
    """Give a passkey another name; false when the user has none of this id."""
    rows = Authenticator.objects.select_for_update().filter(
        user=user, type=Authenticator.Type.WEBAUTHN, pk=factor_id
    )
    factor = rows.first()
    if factor is None:
        return False
    before = factor_name(factor)
    rows.update(data=factor.data | {"name": name})
    write_audit_entry(
        ctx=ctx,
        action="factor.renamed",
        record=("user", user.pk),
        name=user.email,
        before={"name": before},
        after={"name": name},
    )
    return True


def remove_factor(
    *, user: User, factor_id: int, code: str, ctx: Context, keep_session: str | None
) -> bool:
    """Take a factor away; with the last one the recovery codes go too. False when the user has none of this id.

    The last one needs a right ``code``, otherwise ``BusinessError``; the caller asked for the password.
    """
    factors = {factor.pk: factor for factor in primary_factors(user)}
    if factor_id not in factors:
        return False
    is_last = len(factors) == 1
    if is_last and consume_code(user=user, code=code, ctx=ctx) is None:
        raise BusinessError("authenticator.code_wrong", field="code")
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        if not Authenticator.objects.filter(user=user, pk=factor_id).delete()[0]:
            return False
        if not has_factor(user):
            if not is_last:
                raise BusinessError("authenticator.changed_meanwhile")
            Authenticator.objects.filter(user=user).delete()
        _removed(user, factors[factor_id], ctx=ctx, keep=keep_session)
    return True


def without_factor_blocked_reason(user: User, ctx: Context) -> StateConflict | None:
    """Why there is no second factor to take away."""
    return None if has_factor(user) else StateConflict("authenticator.none")


def remove_all_factors_blocked_reason(user: User, ctx: Context) -> StateConflict | None:
    """Why the second factors of a member are not taken away: those of staff go by ``reset_staff_factors``."""
    if Staff.objects.filter(user=user).exists():
        return StateConflict("member.is_staff")
    return without_factor_blocked_reason(user, ctx)


@transaction.atomic
def remove_all_factors(*, user: User, reason: str, ctx: Context, of_staff: bool = False) -> None:
    """Take away the factors that a person lost, after their identity was checked; all their sessions end.

    Those of staff only ``of_staff``, which asks for more (``reset_staff_factors``). Raises ``StateConflict`` where
    there are none.
    """
    blocked_reason = (
        without_factor_blocked_reason if of_staff else remove_all_factors_blocked_reason
    )
    if blocked := blocked_reason(lock(user), ctx):
        raise blocked
    names = [factor_name(factor) for factor in primary_factors(user)]
    Authenticator.objects.filter(user=user).delete()
    change_text = _lazy("Two-factor authentication removed by our team")
    _changed(
        user, "factor.all_removed", change_text, ctx=ctx, before={"names": names}, reason=reason
    )
    end_sessions(user=user, keep_session=None, ctx=ctx)


def _removed(user: User, factor: Authenticator, *, ctx: Context, keep: str | None) -> None:
    change_text = _lazy("Two-factor method removed")
    before = {"factor": factor.pk, "name": factor_name(factor)}
    _changed(user, "factor.removed", change_text, ctx=ctx, before=before)
    end_sessions(user=user, keep_session=keep, ctx=ctx)


def reencrypt_mfa_secrets() -> int:
    """Encrypt all secrets of factors with the first key of the ring, so that older keys can go; returns how many."""
    done = 0
    for pk in Authenticator.objects.order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            factor = Authenticator.objects.select_for_update().get(pk=pk)
            reencrypted = {
                key: key_ring().rotate(text)
                for key, text in factor.data.items()
                if key in ("secret", "seed")
            }
            if reencrypted:
                Authenticator.objects.filter(pk=pk).update(data=factor.data | reencrypted)
                done += 1
    return done
