"""What `commerce check --deploy` looks at beyond the configuration: what a first production misses.

Each look is at this machine, the database or the network, so all of them rest unless a database is named, as
`commerce check` does and a plain start does not.
"""

import os
import smtplib
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import wraps

from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Tags, register
from django.core.checks import Warning as Caution
from django.core.mail import mailers
from django.core.mail.backends.smtp import EmailBackend
from django.db import DatabaseError
from django.db.models import Max

from commerce.config import sealed
from commerce.config.env import private_paths
from commerce.jobs.models import Slot
from commerce.kit import clock, counters, files
from commerce.kit.journal import redact
from commerce.preferences import current
from commerce.preferences.keys import KEYS

type Look = Callable[[], Sequence[CheckMessage]]

WORKER_IS_GONE = timedelta(minutes=5)
"""The timetable has entries for each minute; this long without any, and nobody works."""
_MAIL_SECONDS = 5


def looks_at_installation(look: Look) -> Look:
    """Register a look for ``check --deploy``; an unprepared database is told by the command that asks, not by each."""

    @register(Tags.database, deploy=True)
    def check(*, databases: Sequence[str] | None = None, **_: object) -> list[CheckMessage]:
        return list(look()) if databases else []

    return look


@looks_at_installation
def database() -> Sequence[CheckMessage]:
    """Whether the database answers and is prepared."""
    try:
        Slot.objects.exists()
    except DatabaseError as error:
        return [
            Error(
                f"The database cannot be used: {redact(str(error)).strip()}",
                hint="Start it and look at COMMERCE_DATABASE_URL; then run: commerce migrate",
                id="commerce.E019",
            )
        ]
    return []


def _prepared(look: Look) -> Look:
    """Leave out what needs a database that is not there."""

    @wraps(look)
    def safely() -> Sequence[CheckMessage]:
        try:
            return look()
        except DatabaseError:
            return []

    return safely


@looks_at_installation
@_prepared
def company() -> Sequence[CheckMessage]:
    """Whoever keeps the defaults signs as somebody else, and mails to staff go to nobody."""
    messages: list[CheckMessage] = []
    if current.get("company.name") == KEYS["company.name"].default:
        messages.append(
            Caution(
                "The company is still called as shipped: it stands so on invoices and in emails.",
                hint='commerce setting set company.name "Example Hosting"',
                id="commerce.W020",
            )
        )
    if current.get("company.email") == KEYS["company.email"].default:
        messages.append(
            Caution(
                "company.email is still the default: clients cannot reach you, and messages to staff get lost.",
                hint="commerce setting set company.email support@your-domain",
                id="commerce.W021",
            )
        )
    return messages


@looks_at_installation
def mail_server() -> Sequence[CheckMessage]:
    """A mail server that refuses us would show only when the first mail fails."""
    backend = mailers["default"]
    if not isinstance(backend, EmailBackend):  # files, which W018 tells
        return []
    backend.timeout = _MAIL_SECONDS
    try:
        backend.open()
        backend.close()
    except (OSError, smtplib.SMTPException) as error:
        return [
            Caution(
                f"The mail server {backend.host}:{backend.port} cannot be used: {redact(str(error))}",
                hint="Look at COMMERCE_EMAIL_URL: host, port, user and password. Emails wait meanwhile.",
                id="commerce.W022",
            )
        ]
    return []


@looks_at_installation
def counters_answer() -> Sequence[CheckMessage]:
    """Without the store of counters requests are served without limits."""
    try:
        store = counters.store(settings.COMMERCE_COUNTERS)
    except ValueError:  # E012 tells
        return []
    if store.take("check", 1, 1, units=0) is not None:
        return []
    return [
        Caution(
            "The store of counters does not answer: nothing is limited while it is away.",
            hint="Start it, or look at COMMERCE_COUNTERS. The application log has the reason.",
            id="commerce.W023",
        )
    ]


@looks_at_installation
@_prepared
def secrets_open() -> Sequence[CheckMessage]:
    """Secrets at rest are worth what their keys are."""
    return unreadable_secrets(everything=True)


def unreadable_secrets(*, everything: bool = False) -> list[CheckMessage]:
    """An error when the key ring does not open what is encrypted in the database; also asked before each start."""
    lost = sealed.unopened(everything=everything)
    if not lost:
        return []
    return [
        Error(
            f"The key ring does not open what is encrypted in the database ({sealed.named(lost)}).",
            hint=sealed.WHAT_TO_DO,
            id="commerce.E024",
        )
    ]


@looks_at_installation
def privacy() -> Sequence[CheckMessage]:
    """The data folder is its owner's alone, and what is in it belongs to the same one."""
    folder = settings.COMMERCE_DATA_DIR
    owner = folder.stat().st_uid
    messages: list[CheckMessage] = []
    if others := files.open_to_others(folder):
        messages.append(
            Caution(
                f"Others on this machine can open {others[0]} and {len(others) - 1} more in {folder}."
                if len(others) > 1
                else f"Others on this machine can open {others[0]}.",
                hint=f"chmod -R go= {folder}",
                id="commerce.W025",
            )
        )
    foreign = [
        path
        for ours in private_paths(folder)
        for path in (ours, *ours.rglob("*"))
        if path.lstat().st_uid != owner
    ]
    if foreign:
        messages.append(
            Caution(
                f"{foreign[0]} does not belong to the owner of {folder}: the service may not write it.",
                hint=f"chown -R --reference={folder} {folder}",
                id="commerce.W026",
            )
        )
    return messages


@looks_at_installation
def user() -> Sequence[CheckMessage]:
    """What is served as root gives the whole machine to whoever finds a hole."""
    owner = settings.COMMERCE_DATA_DIR.stat().st_uid
    if os.geteuid() != 0 or owner != 0:  # root may look at another user's installation
        return []
    return [
        Caution(
            "The installation belongs to root.",
            hint="Give it a user of its own: useradd --system commerce, and chown -R commerce: the data folder.",
            id="commerce.W027",
        )
    ]


@looks_at_installation
@_prepared
def worker() -> Sequence[CheckMessage]:
    """Without a worker nothing is mailed, billed, suspended or set up."""
    last = Slot.objects.aggregate(last=Max("ran_at"))["last"]
    if last is None:
        return [
            Info(
                "No worker has run yet.",
                hint="`commerce serve` starts one; with --no-worker run `commerce worker` as a service.",
                id="commerce.I028",
            )
        ]
    if clock.now() - last < WORKER_IS_GONE:
        return []
    return [
        Caution(
            f"No worker has run since {last:%Y-%m-%d %H:%M} UTC: nothing is mailed, billed or set up.",
            hint="Start `commerce serve` without --no-worker, or `commerce worker`.",
            id="commerce.W029",
        )
    ]
