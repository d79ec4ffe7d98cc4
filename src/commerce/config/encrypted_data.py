"""Whether the key ring opens what lies encrypted in the database: all kinds of secrets at rest in one list."""

from collections.abc import Iterator
from pathlib import Path

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import Model, QuerySet

from commerce.accounts.actions.client_locks import bump_revision
from commerce.audit.actions import write_audit_entry
from commerce.config import key_files
from commerce.config.env import ConfigurationError
from commerce.hosting.models import AccountPassword, Server
from commerce.kit.context import Context
from commerce.kit.crypto import DecryptionError
from commerce.mail.models import OutgoingMail
from commerce.orders.models import CartItem, OrderItem
from commerce.site_settings.encryption import key_ring
from commerce.site_settings.models import SiteSetting
from commerce.webhook_endpoints.models import WebhookSecret

_SAMPLE = 20


def _rows() -> Iterator[tuple[str, "QuerySet[Model]", str]]:
    """What is encrypted: in words, its rows, and the column that holds it or a mapping with it."""
    yield "second factors", Authenticator.objects.all(), "data"
    yield "settings", SiteSetting.objects.filter(value__has_key="encrypted"), "value"
    for model in (OrderItem, CartItem):
        yield "authorization codes", model.objects.exclude(auth_code=""), "auth_code"
    yield "server credentials", Server.objects.exclude(secrets=""), "secrets"
    yield "account passwords", AccountPassword.objects.all(), "encrypted"
    yield "webhook secrets", WebhookSecret.objects.all(), "encrypted"
    yield "emails with links", OutgoingMail.objects.exclude(encrypted_values=""), "encrypted_values"


def count_undecryptable(*, check_all: bool = False) -> dict[str, int]:
    """How many secrets of each kind no key of the ring opens; of each the oldest and newest are tried, or all."""
    found: dict[str, int] = {}
    for kind, rows, column in _rows():
        values = rows.order_by("pk").values_list(column, flat=True)
        chosen = (
            values.iterator() if check_all else [*values[:_SAMPLE], *values.reverse()[:_SAMPLE]]
        )
        if bad := sum(not _opens(text) for value in chosen for text in _texts(value, column)):
            found[kind] = found.get(kind, 0) + bad
    return found


def _texts(value: object, column: str) -> list[str]:
    if isinstance(value, dict):
        return [text for key, text in value.items() if key in ("secret", "seed", "encrypted")]
    sealed = ("auth_code", "encrypted_values", "secrets", "encrypted")
    return [str(value)] if column in sealed else []


def _opens(text: str) -> bool:
    try:
        key_ring().decrypt(text)
    except DecryptionError:
        return False
    return True


def reject_new_key_ring() -> None:
    """Raises ``ConfigurationError`` when this start made a new key ring although the database holds secrets of another.

    The new one goes again, so that the lost one is missed at the next start, too.
    """
    path: Path = settings.COMMERCE_DATA_DIR / "ring.key"
    at = connection.settings_dict["NAME"]
    if path not in key_files.created_key_files or (
        connection.vendor == "sqlite" and not Path(at).exists()
    ):
        return
    try:
        lost = count_undecryptable()
    except DatabaseError:  # away, or not prepared: whoever serves looks again
        return
    finally:
        if not connection.in_atomic_block:  # a test has commands in its own transaction
            connection.close()
    if lost:
        path.unlink(missing_ok=True)
        raise ConfigurationError(
            f"{path} is missing, but the database has secrets encrypted with it ({join_kinds(lost)}). "
            + LOST_KEY_ADVICE
        )


LOST_KEY_ADVICE = (
    "Restore ring.key from a backup, or add the missing key to COMMERCE_KEY_RING. If the key is lost, run: "
    "commerce renew-secrets --forget-unreadable"
)


def join_kinds(kinds: dict[str, int]) -> str:
    """The kinds of secrets in words."""
    return ", ".join(kinds)


def delete_undecryptable(*, ctx: Context) -> int:
    """Delete what no key of the ring opens, for a ring that is lost for good; returns how many secrets that were."""
    done = 0
    for kind, rows, column in _rows():
        with transaction.atomic():
            lost = [
                row
                for row in rows.select_for_update().order_by("pk")
                if not all(_opens(text) for text in _texts(getattr(row, column), column))
            ]
            for row in lost:
                _forget(row, ctx)
            if lost:
                write_audit_entry(
                    ctx=ctx,
                    action="secrets.forgotten",
                    record=("installation", None),
                    name=kind,
                    after={"count": len(lost)},
                    staff_only=True,
                )
            done += len(lost)
    return done


def _forget(row: Model, ctx: Context) -> None:
    if isinstance(row, OrderItem):
        bump_revision(row.order.client_id, ctx)
    if isinstance(row, OrderItem | CartItem):
        type(row)._default_manager.filter(pk=row.pk).update(auth_code="")
    elif isinstance(row, Server):
        Server.objects.filter(pk=row.pk).update(secrets="")
    else:
        row.delete()
