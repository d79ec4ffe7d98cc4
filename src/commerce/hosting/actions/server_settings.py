"""What a server's module needs to know: its fields, of which the secret ones lie under the key ring and never show."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from commerce.hosting.models import Server
from commerce.hosting.modules.registry import module_class
from commerce.hosting.panel_servers import read_secrets
from commerce.kit.context import Context
from commerce.kit.crypto import DecryptionError
from commerce.kit.errors import BusinessError, StateConflict
from commerce.kit.text import clean_line, clean_text
from commerce.site_settings.adapter_fields import AdapterField
from commerce.site_settings.encryption import key_ring
from commerce.site_settings.parsers import parse_base_url

MAX_SETTING_LENGTH = 10_000
CHANGED = "changed"
"""What is said of a secret, before and after."""


@dataclass(frozen=True, slots=True)
class SettingsChange:
    """What changed among the settings of a server, as the audit log may have it."""

    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)


NO_CHANGE = SettingsChange()


def change_settings(
    server: Server, typed: Mapping[str, str], *, keeps_secrets: bool = True
) -> SettingsChange:
    """Set the settings of an unsaved change of a server: those that were typed, and of the others what they were.

    What is not a field of its module, as after another one was chosen, is forgotten, and without ``keeps_secrets``
    each secret that was not typed. Raises ``BusinessError``.
    """
    fields = {each.name: each for each in module_class(server.module).fields}
    for name in typed:
        if name not in fields:
            raise BusinessError("server.setting_unknown", name=name, known=", ".join(fields) or "-")
    old_secrets = _readable_secrets(server)
    settings: dict[str, str] = {}
    secrets: dict[str, str] = {}
    for name, each in fields.items():
        kept = server.settings.get(name)
        if each.secret:
            kept = old_secrets.get(name, "") if keeps_secrets else ""
        value = _read(each, typed[name]) if name in typed else kept
        if each.secret and not value:
            value = kept
        if value is None:
            value = str(each.default or "")
        if value:
            (secrets if each.secret else settings)[name] = value
    change = _difference(server.settings, settings, old_secrets, secrets)
    server.settings = settings
    if secrets != old_secrets or (server.secrets and not secrets):
        server.secrets = key_ring().encrypt(json.dumps(secrets)) if secrets else ""
    return change


def directs_secrets_elsewhere(server: Server, typed: Mapping[str, str]) -> bool:
    """Whether what was typed changes a field that decides where the secrets of a server are sent."""
    return any(
        each.directs_secrets
        and each.name in typed
        and _read(each, typed[each.name]) != server.settings.get(each.name, each.default or "")
        for each in module_class(server.module).fields
    )


def set_secret_names(server: Server) -> set[str]:
    """Which secrets of a server are set."""
    return set(_readable_secrets(server))


def credentials_blocked_reason(server: Server, ctx: Context) -> StateConflict | None:
    """Blocks entering credentials where the module of the server needs none."""
    needs = module_class(server.module).fields
    return None if needs else StateConflict("server.no_credentials")


def missing_settings(server: Server) -> list[AdapterField]:
    """The required settings that a server lacks: it takes no accounts before it has them."""
    known = {*server.settings, *_readable_secrets(server)}
    fields = module_class(server.module).fields
    return [each for each in fields if each.required and each.name not in known]


def check_complete(server: Server) -> None:
    """Raises ``BusinessError`` for an active server that lacks a required setting."""
    missing = missing_settings(server) if server.is_active else []
    if missing:
        raise BusinessError("server.setting_missing", label=missing[0].label, field=missing[0].name)


def _readable_secrets(server: Server) -> dict[str, str]:
    """Those that are there; none when their key is lost, so that they can be typed anew."""
    with suppress(DecryptionError):
        return read_secrets(server)
    return {}


def _read(field: AdapterField, typed: str) -> str:
    text = {"text": clean_text}.get(field.kind, clean_line)(typed)
    if field.kind == "url" and text:
        text = parse_base_url(text)
    if len(text) > MAX_SETTING_LENGTH:
        raise BusinessError(
            "server.setting_too_long",
            label=field.label,
            maximum=MAX_SETTING_LENGTH,
            field=field.name,
        )
    try:
        field.check(text)
    except BusinessError as refused:
        refused.field = field.name
        raise
    return text


def _difference(
    old: Mapping[str, str],
    new: Mapping[str, str],
    old_secrets: Mapping[str, str],
    new_secrets: Mapping[str, str],
) -> SettingsChange:
    plain = {name for name in {*old, *new} if old.get(name, "") != new.get(name, "")}
    hidden = {
        name
        for name in {*old_secrets, *new_secrets}
        if old_secrets.get(name, "") != new_secrets.get(name, "")
    }
    return SettingsChange(
        before={name: old.get(name, "") for name in sorted(plain)},
        after={name: new.get(name, "") for name in sorted(plain)}
        | dict.fromkeys(sorted(hidden), CHANGED),
    )


def reencrypt_servers() -> int:
    """Put the credentials of all servers under the first key of the ring; how many."""
    done = 0
    for server in Server.objects.exclude(secrets="").order_by("pk"):
        with suppress(DecryptionError):
            row = Server.objects.filter(pk=server.pk, secrets=server.secrets)
            done += row.update(secrets=key_ring().rotate(server.secrets))
    return done
