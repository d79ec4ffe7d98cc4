"""Typed reading of the environment. A wrong value stops the start with the variable's name and what it should be.

Every secret can also be given as a file: ``COMMERCE_SECRET_KEY_FILE=/run/secrets/key`` instead of
``COMMERCE_SECRET_KEY``.
"""

import os
import re
from importlib.util import find_spec
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from commerce.kit import files

_RATE = re.compile(r"(?P<quota>[1-9][0-9]{0,8})/(?P<window>[1-9][0-9]{0,4})s\Z")
_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


class ConfigurationError(Exception):
    """An environment variable has a value that cannot be used; the text names it and the expected form."""


def text(name: str, default: str = "") -> str:
    """The variable as text, blanks cut."""
    return os.environ.get(name, default).strip()


def secret(name: str, default: str = "") -> str:
    """The variable, or the content of the file that ``<name>_FILE`` names."""
    path = os.environ.get(f"{name}_FILE", "").strip()
    if not path:
        return text(name, default)
    if os.environ.get(name):
        raise ConfigurationError(f"Set either {name} or {name}_FILE, not both.")
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigurationError(
            f"{name}_FILE: {path} cannot be read ({error.strerror})."
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{name}_FILE: {path} does not hold text.") from error


def counters(name: str, default: str, data: Path) -> str:
    """Where limits count; ``shared`` without a file is one in the data folder."""
    value = secret(name) or default
    return f"shared:{data / 'counters'}" if value == "shared" else value


def folder(name: str, default: str) -> Path:
    """The folder, made if it is not there; what it holds is for its owner only. Relative to the current folder."""
    path = Path(text(name, default) or default).resolve()
    try:
        files.make_private_folder(path)
    except OSError as error:
        raise ConfigurationError(f"{name}: {path} cannot be made ({error.strerror}).") from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise ConfigurationError(f"{name}: {path} cannot be written by this user.")
    for ours in private_paths(path):
        files.close_to_others(ours)
    return path


_KEPT = (
    "commerce.sqlite3*",
    "secret.key",
    "ring.key",
    "log",
    "tls",
    "mail",
    "rehearsal*",
    "static",
    "counters-*",
)


def private_paths(data: Path) -> list[Path]:
    """What is to be closed to others at each start: the data folder with all that is in it.

    If it is root's and holds other things than ours, too, only ours: then somebody named a folder of the machine.
    """
    ours = [path for pattern in _KEPT for path in sorted(data.glob(pattern))]
    if data.stat().st_uid != 0 or set(data.iterdir()) <= set(ours):
        return [data]
    return ours


def header(name: str) -> str:
    """The name of an HTTP header, or nothing."""
    value = text(name)
    if not re.fullmatch("[A-Za-z0-9-]*", value):
        raise ConfigurationError(
            f"{name} is the name of a header, such as CF-IPCountry, not {value!r}."
        )
    return value


def flag(name: str, *, default: bool = False) -> bool:
    """``1`` or ``0`` (also true/false, yes/no, on/off)."""
    value = os.environ.get(name)
    if value is None:
        return default
    if value.strip().lower() in _TRUE:
        return True
    if value.strip().lower() in _FALSE:
        return False
    raise ConfigurationError(f"{name} must be 1 or 0, not {value!r}.")


def integer(name: str, default: int, *, least: int = 0) -> int:
    """A whole number of at least ``least``."""
    value = text(name, str(default))
    if not re.fullmatch(r"[0-9]{1,9}", value) or int(value) < least:
        raise ConfigurationError(
            f"{name} must be a whole number of at least {least}, not {value!r}."
        )
    return int(value)


def listing(name: str, default: str = "") -> list[str]:
    """Values separated by commas or blanks."""
    return [part for part in re.split(r"[,\s]+", text(name, default)) if part]


def networks(name: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """IPv4 and IPv6 addresses or networks (CIDR), separated by commas or blanks."""
    try:
        return tuple(ip_network(part, strict=False) for part in listing(name))
    except ValueError as error:
        raise ConfigurationError(
            f"{name}: {error}. Give addresses or networks like 10.0.0.0/8."
        ) from error


def url(name: str, default: str) -> str:
    """An address without a slash at its end; what else must hold of it, ``checks.py`` says."""
    value = text(name, default).rstrip("/")
    try:
        _ = urlsplit(value).port
    except ValueError as error:
        raise ConfigurationError(f"{name} is not an address: {error}.") from error
    if len(value) > 200:  # it stands several times in one header
        raise ConfigurationError(f"{name} is longer than 200 characters.")
    return value


def rate(name: str, default: str) -> tuple[int, int]:
    """A limit such as ``60/60s``: requests and seconds."""
    value = text(name, default)
    match = _RATE.match(value)
    if match is None:
        raise ConfigurationError(f"{name} must look like 60/60s (requests/seconds), not {value!r}.")
    return int(match["quota"]), int(match["window"])


def _url_parts(address: str, name: str) -> SplitResult:
    """The parts of an address that may hold a password; the ``ConfigurationError`` for none says nothing of it."""
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        raise ConfigurationError(
            f"{name} is not an address. "
            "In user and password, percent-encode what is no letter and no digit, such as / as %2F."
        ) from None
    return parts


_MAIL_PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}


def mailer(name: str) -> dict[str, Any]:
    """Django's mailer: ``smtp+tls://user:password@host:587`` (STARTTLS), ``smtps://`` (TLS from the start),
    ``smtp://``.

    Without an address, messages are kept as files in the data folder.
    """
    address = secret(name)
    if not address:
        return {"BACKEND": "commerce.mail.file_backend.FileEmailBackend"}
    return mailer_of_url(address, name=name)


def mailer_of_url(address: str, *, name: str) -> dict[str, Any]:
    """The mailer of such an address. Raises ``ConfigurationError``, in which ``name`` says what is wrong."""
    parts = _url_parts(address, name)
    if parts.scheme not in _MAIL_PORTS or not parts.hostname:
        raise ConfigurationError(
            f"{name} must look like smtp+tls://user:password@mail.example.com:587."
        )
    return {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": parts.hostname,
            "port": parts.port or _MAIL_PORTS[parts.scheme],
            "username": unquote(parts.username or ""),
            "password": unquote(parts.password or ""),
            "use_ssl": parts.scheme == "smtps",
            "use_tls": parts.scheme == "smtp+tls",
            "timeout": 20,
        },
    }


def task_engine(name: str) -> str:
    """The engine that finds jobs for workers, where its package is installed; nothing is our own."""
    engine = text(name)
    if engine not in ("", "procrastinate"):
        raise ConfigurationError(
            f"{name}: {engine!r} isn't an engine for jobs. Unset it to have `commerce worker` find them, or set it to "
            "`procrastinate` (Celery and other backends of Django's tasks are no longer used)."
        )
    if engine and not find_spec(engine):
        raise ConfigurationError(
            f"{name}: {engine} isn't installed here; see requirements/{engine}.txt."
        )
    return engine


def database(name: str, data: Path) -> dict[str, Any]:
    """Django's database settings: SQLite in the data folder, or ``postgresql://user:password@host:port/name``.

    ``sqlite:///path`` is another SQLite file; ``?host=/folder`` is PostgreSQL's socket; its other parameters go there.
    """
    url = secret(name)
    return database_of_url(url, name=name) if url else _sqlite(data / "commerce.sqlite3")


def databases(data: Path) -> dict[str, dict[str, Any]]:
    """The settings of the database, and of its replica if there is one (``COMMERCE_REPLICA_URL``)."""
    main = {"default": database("COMMERCE_DATABASE_URL", data)}
    name = "COMMERCE_REPLICA_URL"
    if not (address := secret(name)):
        return main
    replica = database_of_url(address, name=name)
    if {main["default"]["ENGINE"], replica["ENGINE"]} != {"django.db.backends.postgresql"}:
        raise ConfigurationError(
            f"{name} is a standby of the PostgreSQL that COMMERCE_DATABASE_URL names. Set both, or leave it out."
        )
    replica["OPTIONS"] |= {"connect_timeout": "2", "options": "-c default_transaction_read_only=on"}
    return main | {"replica": replica}


def database_of_url(url: str, *, name: str) -> dict[str, Any]:
    """The settings of such an address. Raises ``ConfigurationError``, in which ``name`` says what is wrong."""
    parts = _url_parts(url, name)
    if parts.scheme == "sqlite" and parts.path.strip("/"):
        return _sqlite(Path(unquote(parts.path)))
    path = unquote(parts.path.lstrip("/"))
    if parts.scheme not in ("postgres", "postgresql") or not path:
        raise ConfigurationError(
            f"{name} must look like postgresql://user:password@host:5432/name or sqlite:///path."
        )
    query = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": path,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": query.pop("port", str(parts.port or "")),
        # Persistent connections: a new one costs PostgreSQL about 9 ms for each request.
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        # 0 prepares on first use; only the API's own cursor makes use of it.
        # A server that is gone without a word is noticed in seconds, not in the minutes that TCP takes by itself.
        "OPTIONS": {
            "prepare_threshold": 0,
            "connect_timeout": "5",
            "tcp_user_timeout": "15000",
            **query,
        },
    }


def _sqlite(path: Path) -> dict[str, Any]:
    from commerce.db.statement_timeouts import (
        InterruptibleConnection,  # Django's, which a help text does without
    )

    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            # With DEFERRED most concurrent read-then-write transactions fail with "database is locked".
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "factory": InterruptibleConnection,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16000;"
            ),
        },
    }
