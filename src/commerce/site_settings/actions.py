"""Changing settings."""

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import transaction

from commerce.audit.actions import write_audit_entry
from commerce.db.locks import lock_name
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.kit.pictures import RenderedPicture, render_picture
from commerce.kit.request_cache import clear_request_cache
from commerce.site_settings import current
from commerce.site_settings.current import TIME_ZONE_IN_FORCE_KEY, TIME_ZONE_KEY, get_setting
from commerce.site_settings.definition import SettingDefinition
from commerce.site_settings.definitions import SETTING_DEFINITIONS
from commerce.site_settings.encryption import encrypt_setting, key_ring
from commerce.site_settings.models import SettingPicture, SiteSetting
from commerce.site_settings.validators import (
    check_jointly,
    check_preliminarily,
    validate_setting,
)


def set_setting(*, key: str, value: str, ctx: Context, is_confirmed: bool = False) -> Any:
    """Store a setting from its typed text and return its value; raises ``BusinessError`` for an unknown key or bad
    value.

    The value that it has already changes nothing, and an empty text keeps a secret. Secrets that were sent to where it
    said until now are forgotten: ``stored_secrets`` tells which there are. ``is_confirmed``: a person is sure of what
    ``check_jointly`` refuses.
    """
    definition = _definition_of(key)
    if definition.secret and not value.strip():
        return get_setting(key)
    parsed = definition.parse(value)
    if parsed != get_setting(key):
        check_preliminarily(key, parsed)
        if not is_confirmed:
            check_jointly({key: parsed})
    return _put(key, parsed, ctx)


def set_settings(
    *, values: Mapping[str, str], ctx: Context, version: str = "", is_confirmed: bool = False
) -> list[str]:
    """Store several settings from their typed texts, all or none; the keys of those that changed.

    What must hold is asked of them together, so that their order does not matter. Where one says to where secrets are
    sent, and changes, those that are stored must be among them. Raises ``BusinessError`` as ``set_setting`` does, with
    the key as its ``field``, and ``StateConflict`` when the ``settings_version`` of these keys is no longer the one
    that was seen.
    """
    _check_version(values, version)
    parsed = {
        key: _parsed(key, typed) for key, typed in values.items() if not _leaves_secret(key, typed)
    }
    new = {key: value for key, value in parsed.items() if value != get_setting(key)}
    _check_secrets_typed(new, parsed)  # before anybody is asked with them
    for key, value in new.items():
        with _naming(key):
            check_preliminarily(key, value)
    if not is_confirmed:
        check_jointly(new | _typed_again(new, parsed))
    try:
        return _put_together(new, ctx, values, version, typed=parsed)
    finally:
        clear_request_cache()  # or what was refused would be remembered


def _leaves_secret(key: str, typed: str) -> bool:
    """An empty text keeps a secret."""
    return _definition_of(key).secret and not typed.strip()


def stored_secrets(key: str) -> set[str]:
    """The keys of the secrets that are set and sent to where a setting says: its change forgets them."""
    directed = SETTING_DEFINITIONS[key].directs if key in SETTING_DEFINITIONS else ()
    return set(SiteSetting.objects.filter(pk__in=directed).values_list("pk", flat=True))


def _check_secrets_typed(new: Iterable[str], typed: Collection[str]) -> None:
    """Raises ``BusinessError`` for the first stored secret that would be sent elsewhere without being typed again."""
    for key in new:
        for secret in SETTING_DEFINITIONS[key].directs:
            if secret not in typed and secret in stored_secrets(key):
                raise BusinessError("setting.secret_needed_again", field=secret)


def _typed_again(new: Iterable[str], typed: Mapping[str, Any]) -> dict[str, Any]:
    """The secrets that go along to where they are sent from now on, also those that stay what they are."""
    directed = {secret for key in new for secret in SETTING_DEFINITIONS[key].directs}
    return {secret: typed[secret] for secret in sorted(directed & typed.keys())}


def _parsed(key: str, typed: str) -> Any:
    with _naming(key):
        return _definition_of(key).parse(typed)


@contextmanager
def _naming(key: str) -> Iterator[None]:
    """A refusal says which setting it is about."""
    try:
        yield
    except BusinessError as refused:
        refused.field = key
        raise


def settings_version(keys: Iterable[str]) -> str:
    """What tells these settings as they are now from any other time."""
    stored = SiteSetting.objects.filter(pk__in=list(keys)).order_by("pk").values_list("pk", "value")
    return hashlib.sha256(json.dumps(list(stored), sort_keys=True).encode()).hexdigest()[:32]


def _check_version(keys: Iterable[str], version: str) -> None:
    if version and version != settings_version(keys):
        raise StateConflict("setting.changed_meanwhile")


@transaction.atomic
def _put_together(
    values: Mapping[str, Any],
    ctx: Context,
    keys: Iterable[str],
    version: str,
    *,
    typed: Collection[str],
) -> list[str]:
    lock_name("settings")
    clear_request_cache()
    _check_version(keys, version)
    new = {key: value for key, value in values.items() if value != get_setting(key)}
    _check_secrets_typed(new, typed)
    for key, value in new.items():
        _write(key, value, ctx)
    for key, value in new.items():
        with _naming(key):
            validate_setting(key, value)
    return list(new)


def reset_setting(*, key: str, ctx: Context, is_confirmed: bool = False) -> Any:
    """Give a setting its default again, and forget a secret; returns the default. Raises ``BusinessError`` as above."""
    default = _definition_of(key).default
    if default != get_setting(key) and not is_confirmed:
        check_jointly({key: default})
    return _put(key, default, ctx)


def upload_setting_picture(*, key: str, content: bytes, ctx: Context) -> str:
    """Draw a picture anew as its setting wants it, keep it, and return its name; the one that it replaces is gone.

    Raises ``BusinessError`` for a setting that is no picture, and for a file that is none or is too large.
    """
    fit = _definition_of(key).picture
    if fit is None:
        raise BusinessError("setting.not_a_picture", key=key)
    return _store_picture(key, render_picture(content, fit), ctx)


@transaction.atomic
def _store_picture(key: str, picture: RenderedPicture, ctx: Context) -> str:
    lock_name("settings")  # or another would drop it before the setting names it
    SettingPicture.objects.get_or_create(pk=picture.name, defaults={"content": picture.png})
    name: str = _put(key, picture.name, ctx)
    return name


def _definition_of(key: str) -> SettingDefinition:
    if key not in SETTING_DEFINITIONS:
        raise BusinessError("setting.unknown", key=key)
    return SETTING_DEFINITIONS[key]


@transaction.atomic
def _put(key: str, after: Any, ctx: Context) -> Any:
    lock_name("settings")  # what must hold looks at several of them
    clear_request_cache()
    if get_setting(key) == after:
        return after
    validate_setting(key, after)
    _write(key, after, ctx)
    for secret in sorted(stored_secrets(key)):
        _forget(secret, ctx)
    return after


def _forget(secret: str, ctx: Context) -> None:
    """Also one whose key left the ring."""
    SiteSetting.objects.filter(pk=secret).delete()
    clear_request_cache()
    _record(secret, None, None, ctx)


type SettingListener = Callable[[str, Context], None]

_listeners: dict[str, list[SettingListener]] = {}


def when_setting_changes(prefix: str, listener: SettingListener) -> None:
    """Have ``listener`` called in the transaction that changes a key which begins with ``prefix``."""
    _listeners.setdefault(prefix, []).append(listener)


def _write(key: str, after: Any, ctx: Context) -> None:
    definition, before = SETTING_DEFINITIONS[key], get_setting(key)
    if after == definition.default:
        SiteSetting.objects.filter(pk=key).delete()
    else:
        stored = encrypt_setting(after) if definition.secret else after
        SiteSetting.objects.bulk_create(
            [SiteSetting(key=key, value=stored)],
            update_conflicts=True,
            unique_fields=["key"],
            update_fields=["value"],
        )
    if definition.picture and not SiteSetting.objects.filter(value=before).exists():
        SettingPicture.objects.filter(pk=before).delete()
    clear_request_cache()
    _record(key, before, after, ctx)
    for prefix, listeners in _listeners.items():
        for listener in listeners if key.startswith(prefix) else ():
            listener(key, ctx)


def _record(key: str, before: Any, after: Any, ctx: Context) -> None:
    is_secret = SETTING_DEFINITIONS[key].secret
    write_audit_entry(
        ctx=ctx,
        action="settings.updated",
        record=("setting", None),
        name=key,
        before={} if is_secret else {key: before},
        after={key: "changed" if is_secret else after},
        staff_only=True,
    )


@transaction.atomic
def apply_time_zone(*, ctx: Context) -> None:
    """From this instant on ``billing.time_zone`` counts as it is chosen now: what the start of a daily run does."""
    chosen = get_setting(TIME_ZONE_KEY)
    kept = (
        SiteSetting.objects.filter(pk=TIME_ZONE_IN_FORCE_KEY)
        .values_list("value", flat=True)
        .first()
    )
    if kept is not None and kept["zone"] == chosen:
        return
    today = current.business_date(ctx.at)
    value = {"zone": chosen, "since": ctx.at.isoformat(), "date": today.isoformat()}
    SiteSetting.objects.update_or_create(pk=TIME_ZONE_IN_FORCE_KEY, defaults={"value": value})
    clear_request_cache()
    write_audit_entry(
        ctx=ctx,
        action="settings.in_force",
        record=("setting", None),
        name=TIME_ZONE_KEY,
        before={TIME_ZONE_KEY: kept["zone"]} if kept else {},
        after={TIME_ZONE_KEY: chosen},
        staff_only=True,
    )


@transaction.atomic
def reencrypt_settings() -> int:
    """Encrypt all secret settings with the first key of the ring, so that older keys can go; returns how many.

    Those of a gateway that this release does not have are among them.
    """
    done = 0
    for row in SiteSetting.objects.select_for_update().order_by("pk"):
        if not isinstance(row.value, dict) or "encrypted" not in row.value:
            continue
        renewed = {"encrypted": key_ring().rotate(row.value["encrypted"])}
        done += SiteSetting.objects.filter(pk=row.pk).update(value=renewed)
    return done
