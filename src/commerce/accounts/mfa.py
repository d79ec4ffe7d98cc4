"""Second factors as django-allauth keeps them: what this installation tells it (accounts.md 6)."""

from typing import Any
from urllib.parse import urlsplit

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.utils.translation import gettext as _

from commerce.accounts.models import User
from commerce.db.compiled import QueryParam
from commerce.db.fast_paths import CompiledQuerySet
from commerce.site_settings.current import get_setting
from commerce.site_settings.encryption import key_ring

PRIMARY_FACTOR_TYPES = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
"""Kinds of factors; recovery codes only stand in for one."""


class MfaAdapter(DefaultMFAAdapter):
    """Secrets are encrypted with the key ring; names and addresses are those of the installation."""

    def encrypt(self, text: str) -> str:
        return key_ring().encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return key_ring().decrypt(encrypted_text)

    def get_totp_issuer(self) -> str:
        return str(get_setting("branding.name"))

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Passkeys belong to the configured address, whatever host a request names."""
        host = urlsplit(settings.COMMERCE_URL).hostname or "localhost"
        return {"id": host, "name": str(get_setting("branding.name"))}

    def get_public_key_credential_user_entity(self, user: Any) -> dict[str, Any]:
        return super().get_public_key_credential_user_entity(user) | {
            "display_name": user.get_full_name() or user.email
        }


def primary_factors(user: User) -> list[Authenticator]:
    """The TOTP factor and the passkeys of a user, the oldest first."""
    return list(
        Authenticator.objects.filter(user=user, type__in=PRIMARY_FACTOR_TYPES).order_by("pk")
    )


_FACTORS: CompiledQuerySet[Any] = CompiledQuerySet(
    lambda: Authenticator.objects.filter(
        user_id=QueryParam("user", User._meta.pk), type__in=PRIMARY_FACTOR_TYPES
    ).values_list("pk")[:1]
)
"""Each page of the staff area asks it: 0.02 ms in place of 0.36."""


def has_factor(user: User) -> bool:
    """Whether signing in takes more than the password."""
    return bool(_FACTORS.tuples(user=user.pk))


def factor_name(factor: Authenticator) -> str:
    """What the owner calls a factor."""
    if factor.type == Authenticator.Type.TOTP:
        return _("Authenticator app")
    return str(factor.data.get("name") or _("Passkey"))


def recovery_codes_left(user: User) -> int | None:
    """How many recovery codes are unused; None when the user has none at all."""
    codes = Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).first()
    return len(codes.wrap().get_unused_codes()) if codes is not None else None
