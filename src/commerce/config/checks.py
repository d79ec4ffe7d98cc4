"""System checks for the mistakes that would hurt an installation: `commerce check`, and each start of a server.

Errors stop `commerce serve`. What is only wrong in production is looked at by ``commerce check --deploy``.
"""

import os
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as CheckWarning
from django.db import DatabaseError, connection

from commerce.kit import counter_store

type CheckMessages = list[CheckMessage]

MIN_SECRET_LENGTH = 50
_PLACEHOLDERS = ("django-insecure", "change", "secret", "placeholder", "example", "password")
_WIDEST = {4: 8, 6: 7}
"""The shortest prefix of a network that one company can own: 10.0.0.0/8 and fd00::/7."""


def is_local(host: str | None) -> bool:
    """Whether a host name can only mean this machine."""
    if host == "localhost" or (host or "").endswith(".localhost"):
        return True
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return False


@register(Tags.security)
def check_debug(**_: object) -> CheckMessages:
    """Pages of a crash show code and settings: to the developer on this machine, never to the public."""
    if not settings.DEBUG or is_local(urlsplit(settings.COMMERCE_URL).hostname):
        return []
    return [
        Error(
            "COMMERCE_DEBUG is on while COMMERCE_URL is a public address.",
            hint="Unset COMMERCE_DEBUG. Its error pages show code and settings to anyone.",
            id="commerce.E001",
        )
    ]


@register(Tags.security)
def check_secret_key(**_: object) -> CheckMessages:
    """Who can guess the secret key can sign sessions and links."""
    key = settings.SECRET_KEY
    if (
        len(key) >= MIN_SECRET_LENGTH
        and len(set(key)) >= 10
        and not key.lower().startswith(_PLACEHOLDERS)
    ):
        return []
    return [
        Error(
            "The secret key is short, repetitive, or a placeholder.",
            hint="Unset COMMERCE_SECRET_KEY to have one generated in the data folder, or set 50 or more random "
            "characters, the same on each node (openssl rand -base64 48).",
            id="commerce.E002",
        )
    ]


@register()
def check_counter_store(**_: object) -> CheckMessages:
    """Limits must be exact over all workers (client-api.md 5)."""
    found: CheckMessages = []
    try:
        counter_store.counter_store_for(settings.COMMERCE_COUNTERS)
    except ValueError as error:
        found.append(
            Error(
                f"Can't use COMMERCE_COUNTERS: {error}.",
                hint="Use `memory`, `shared`, or a URL such as valkey://127.0.0.1:6379/0.",
                id="commerce.E012",
            )
        )
    if settings.COMMERCE_WORKERS > 1 and settings.COMMERCE_COUNTERS == "memory":
        found.append(
            Error(
                f"{settings.COMMERCE_WORKERS} workers, but each would count requests on its own.",
                hint="Set COMMERCE_COUNTERS to `shared` on one machine or to a Valkey that all nodes share "
                "(valkey://127.0.0.1:6379/0), or run one worker.",
                id="commerce.E003",
            )
        )
    return found


@register()
def check_task_engine(**_: object) -> CheckMessages:
    """Its jobs are rows of PostgreSQL, written with those of ours."""
    if not settings.COMMERCE_TASKS or connection.vendor == "postgresql":
        return []
    return [
        Error(
            f"COMMERCE_TASKS={settings.COMMERCE_TASKS} needs PostgreSQL.",
            hint="Unset COMMERCE_TASKS, or set COMMERCE_DATABASE_URL to a PostgreSQL.",
            id="commerce.E030",
        )
    ]


@register(Tags.security)
def check_trusted_proxies(**_: object) -> CheckMessages:
    """A trusted proxy says who a caller is and whether they came over HTTPS: then it must not be everybody."""
    wide = [network for network in settings.COMMERCE_TRUSTED_PROXIES if is_too_wide(network)]
    if not wide:
        return []
    return [
        Error(
            f"COMMERCE_TRUSTED_PROXIES trusts public addresses: {', '.join(map(str, wide))}.",
            hint="List only the addresses or networks of your own proxies, such as 127.0.0.1 or 10.1.2.0/24.",
            id="commerce.E004",
        )
    ]


def is_too_wide(network: IPv4Network | IPv6Network) -> bool:
    """Whether a network is more than anybody's own."""
    return network.prefixlen < _WIDEST[network.version]


def check_behind_proxy() -> CheckMessages:
    """Plain HTTP alone needs a proxy that says what was HTTPS; asked for by ``commerce serve --behind-proxy``."""
    if settings.COMMERCE_TRUSTED_PROXIES:
        return []
    return [
        Error(
            "Behind a proxy, but no proxy is trusted: every request would be rejected as not HTTPS.",
            hint="Set COMMERCE_TRUSTED_PROXIES to the addresses that the proxy connects from, such as 127.0.0.1.",
            id="commerce.E005",
        )
    ]


@register()
def check_address(**_: object) -> CheckMessages:
    """Links in mails and pages, and redirects to HTTPS, start with the installation's address."""
    parts = urlsplit(settings.COMMERCE_URL)
    wrong = parts.path or parts.query or parts.fragment or parts.username
    if parts.scheme == "https" and parts.hostname and not wrong:
        return []
    return [
        Error(
            "COMMERCE_URL must be https:// and a host, with a port if it isn't 443, and nothing else.",
            hint="For example https://billing.example.com. Everything is served from the root of that host.",
            id="commerce.E006",
        )
    ]


@register(Tags.security)
def check_allowed_hosts(**_: object) -> CheckMessages:
    """A request for a host that is not ours is refused."""
    if "*" not in settings.ALLOWED_HOSTS:
        return []
    return [
        Error(
            "COMMERCE_ALLOWED_HOSTS allows every host.",
            hint="List the hosts. The host of COMMERCE_URL is always allowed.",
            id="commerce.E007",
        )
    ]


@register(Tags.security)
def check_demo(**_: object) -> CheckMessages:
    """A demo shows its passwords on the sign-in page."""
    if not settings.COMMERCE_DEMO or is_local(urlsplit(settings.COMMERCE_URL).hostname):
        return []
    return [
        Error(
            "COMMERCE_DEMO is on while COMMERCE_URL is a public address.",
            hint="Unset COMMERCE_DEMO. It shows passwords on the sign-in page. `commerce demo` sets it for you.",
            id="commerce.E008",
        )
    ]


@register()
def check_sqlite_workers(**_: object) -> CheckMessages:
    """SQLite has one writer at a time, and one machine."""
    engine = settings.DATABASES["default"]["ENGINE"]
    if settings.COMMERCE_WORKERS == 1 or not engine.endswith(".sqlite3"):
        return []
    return [
        CheckWarning(
            f"{settings.COMMERCE_WORKERS} workers share one SQLite file and wait for each other to write.",
            hint="Set COMMERCE_DATABASE_URL to a PostgreSQL database. SQLite can't serve several nodes.",
            id="commerce.W009",
        )
    ]


@register(Tags.security)
def check_key_ring(**_: object) -> CheckMessages:
    """A key that is none would show only when the first secret is kept, or read."""
    bad = [number for number, key in enumerate(settings.COMMERCE_KEY_RING, 1) if not _is_key(key)]
    if not bad:
        return []
    return [
        Error(
            f"Key {', '.join(map(str, bad))} of the key ring isn't 32 bytes in URL-safe Base64.",
            hint="Stored secrets can't be decrypted without their key. Restore COMMERCE_KEY_RING, or ring.key in the "
            "data folder, from a backup. To create a key: openssl rand -base64 32 | tr +/ -_",
            id="commerce.E010",
        )
    ]


def _is_key(key: str) -> bool:
    from cryptography.fernet import Fernet  # as in kit/crypto.py

    try:
        Fernet(key)
    except ValueError:
        return False
    return True


@register(Tags.files)
def check_data_folder(**_: object) -> CheckMessages:
    """What is written there: database, keys, logs, mail, certificate."""
    folder = settings.COMMERCE_DATA_DIR
    found: CheckMessages = []
    if not os.access(folder, os.W_OK | os.X_OK):
        found.append(
            Error(
                f"Can't write to the data folder {folder}.",
                hint="Make the user that Commerce runs as its owner, or set COMMERCE_DATA_DIR.",
                id="commerce.E011",
            )
        )
    found += [
        CheckWarning(
            f"Other users of this machine can read {path}.",
            hint=f"chmod 600 {path}",
            id="commerce.W013",
        )
        for path in (folder / "secret.key", folder / "ring.key")
        if path.exists() and path.stat().st_mode & 0o077
    ]
    return found


@register(Tags.security, deploy=True)
def check_production(**_: object) -> CheckMessages:
    """What is right on a developer's machine and wrong on a server."""
    found: Iterable[tuple[bool, str, str, str]] = (
        (
            is_local(urlsplit(settings.COMMERCE_URL).hostname),
            "COMMERCE_URL is an address of this machine only, so links in emails won't work.",
            "Set it to the public address, such as https://billing.example.com.",
            "commerce.W014",
        ),
        (
            settings.DEBUG,
            "COMMERCE_DEBUG is on.",
            "Unset it.",
            "commerce.W015",
        ),
        (
            settings.COMMERCE_DEMO,
            "COMMERCE_DEMO is on: the sign-in page shows passwords.",
            "Unset it.",
            "commerce.W016",
        ),
        (
            settings.COMMERCE_TEST_MODE,
            "COMMERCE_TEST_MODE is on: `commerce daily --on` takes future days, and live keys stop the start.",
            "Unset it.",
            "commerce.W017",
        ),
        (
            settings.MAILERS["default"]["BACKEND"].endswith("FileEmailBackend"),
            "Emails are saved to files, not sent, so no one can confirm an email or reset a password.",
            "Set COMMERCE_EMAIL_URL, such as smtp+tls://user:password@mail.example.com:587.",
            "commerce.W018",
        ),
    )
    return [
        CheckWarning(text, hint=hint, id=number) for wrong, text, hint, number in found if wrong
    ]


@register(Tags.database)
def check_seller(*, databases: Sequence[str] | None = None, **_: object) -> CheckMessages:
    """Whoever cannot be named in an e-invoice sends plain PDFs, and may not notice."""
    from commerce.billing.documents.branding import missing_seller_settings

    try:
        missing = missing_seller_settings() if databases else []
    except DatabaseError:  # no tables yet: ``migrate`` runs the checks too
        return []
    if not missing:
        return []
    return [
        CheckWarning(
            f"E-invoices need seller details: {' or '.join(missing)} is empty.",
            hint=f"Set {missing[0]} with `commerce setting set`. Until then, documents are plain PDFs.",
            id="commerce.W202",
        )
    ]
