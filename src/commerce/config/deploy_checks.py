"""What `commerce check --deploy` looks at beyond the configuration: what a first production misses.

Each look is at this machine, the database or the network, so all of them rest unless a database is named, as
`commerce check` does and a plain start does not.
"""

import os
from collections.abc import Callable, Sequence
from functools import wraps

from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Tags, register
from django.core.checks import Warning as CheckWarning
from django.core.mail import mailers
from django.core.mail.backends.smtp import EmailBackend
from django.db import DatabaseError, connection

from commerce.config import encrypted_data
from commerce.config.env import private_paths
from commerce.db.database_clock import CLOCK_WRONG_AFTER, database_clock_offset
from commerce.jobs.models import ScheduleState
from commerce.jobs.schedule import WORKER_GONE_AFTER, last_turn
from commerce.kit import clock, counter_store, files
from commerce.kit.json_log import redact
from commerce.mail.mail_server import mail_server_problem
from commerce.payments.gateways import registry
from commerce.runs import backups
from commerce.site_settings import current
from commerce.site_settings.definitions import SETTING_DEFINITIONS

type DeployCheck = Callable[[], Sequence[CheckMessage]]


def deploy_check(check: DeployCheck) -> DeployCheck:
    """Register a look for ``check --deploy``; an unprepared database is told by the command that asks, not by each."""

    @register(Tags.database, deploy=True)
    def registered(*, databases: Sequence[str] | None = None, **_: object) -> list[CheckMessage]:
        return list(check()) if databases else []

    return check


@deploy_check
def check_database() -> Sequence[CheckMessage]:
    """Whether the database answers and is prepared."""
    try:
        ScheduleState.objects.exists()
    except DatabaseError as error:
        return [
            Error(
                f"Can't use the database: {redact(str(error)).strip()}",
                hint="Start it and check COMMERCE_DATABASE_URL. Then run: commerce migrate",
                id="commerce.E019",
            )
        ]
    return []


def other_encoding() -> str:
    """That of the database, if it is not UTF-8: names of some people cannot be stored then, and are refused."""
    if connection.vendor != "postgresql":
        return ""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_encoding")
        encoding: str = cursor.fetchone()[0]
    return "" if encoding == "UTF8" else encoding


def _prepared(look: DeployCheck) -> DeployCheck:
    """Leave out what needs a database that is not there."""

    @wraps(look)
    def safely() -> Sequence[CheckMessage]:
        try:
            return look()
        except DatabaseError:
            return []

    return safely


@deploy_check
@_prepared
def check_encoding() -> Sequence[CheckMessage]:
    """Whether the database can store every name."""
    encoding = other_encoding()
    hint = (
        "Create one with: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0, "
        "and move to it with: commerce move-database"
    )
    message = f"The database stores text as {encoding}, which lacks the letters of many names."
    return [Error(message, hint=hint, id="commerce.E041")] if encoding else []


@deploy_check
@_prepared
def check_company() -> Sequence[CheckMessage]:
    """Whoever keeps the defaults signs as somebody else, and mails to staff go to nobody."""
    messages: list[CheckMessage] = []
    if current.get_setting("company.name") == SETTING_DEFINITIONS["company.name"].default:
        messages.append(
            CheckWarning(
                "The company name is still the default. It appears on invoices and in emails.",
                hint='commerce setting set company.name "Example Hosting"',
                id="commerce.W020",
            )
        )
    if current.get_setting("company.email") == SETTING_DEFINITIONS["company.email"].default:
        messages.append(
            CheckWarning(
                "company.email is still the default. Clients can't reach you, and emails to staff get lost.",
                hint="commerce setting set company.email support@your-domain",
                id="commerce.W021",
            )
        )
    return messages


@deploy_check
def check_mail_server() -> Sequence[CheckMessage]:
    """A mail server that refuses us would show only when the first mail fails."""
    backend = mailers["default"]
    if not isinstance(backend, EmailBackend):  # files, which W018 tells
        return []
    if problem := mail_server_problem(backend):
        return [
            CheckWarning(
                f"Can't connect to the mail server {backend.host}:{backend.port}: {problem}",
                hint="Check COMMERCE_EMAIL_URL: host, port, user, and password. Emails wait until it works.",
                id="commerce.W022",
            )
        ]
    return []


@deploy_check
def check_counter_store_answers() -> Sequence[CheckMessage]:
    """Without the store of counters requests are served without limits."""
    try:
        store = counter_store.counter_store_for(settings.COMMERCE_COUNTERS)
    except ValueError:  # E012 tells
        return []
    if store.take("check", 1, 1, units=0) is not None:
        return []
    return [
        CheckWarning(
            "The counter store isn't responding. Rate limits are off until it's back.",
            hint="Start it, or check COMMERCE_COUNTERS. The application log has the reason.",
            id="commerce.W023",
        )
    ]


@deploy_check
@_prepared
def check_secrets() -> Sequence[CheckMessage]:
    """Secrets at rest are worth what their keys are."""
    return unreadable_secrets(everything=True)


def unreadable_secrets(*, everything: bool = False) -> list[CheckMessage]:
    """An error when the key ring does not open what is encrypted in the database; also asked before each start."""
    lost = encrypted_data.count_undecryptable(check_all=everything)
    if not lost:
        return []
    return [
        Error(
            f"The key ring can't decrypt these stored secrets ({encrypted_data.join_kinds(lost)}).",
            hint=encrypted_data.LOST_KEY_ADVICE,
            id="commerce.E024",
        )
    ]


@deploy_check
def check_file_permissions() -> Sequence[CheckMessage]:
    """The data folder is its owner's alone, and what is in it belongs to the same one."""
    folder = settings.COMMERCE_DATA_DIR
    owner = folder.stat().st_uid
    messages: list[CheckMessage] = []
    if others := files.paths_open_to_others(folder):
        messages.append(
            CheckWarning(
                f"Other users of this machine can open {others[0]} and {len(others) - 1} more in {folder}."
                if len(others) > 1
                else f"Other users of this machine can open {others[0]}.",
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
            CheckWarning(
                f"{foreign[0]} doesn't belong to the owner of {folder}, so the service may not be able to write to it.",
                hint=f"chown -R --reference={folder} {folder}",
                id="commerce.W026",
            )
        )
    return messages


@deploy_check
@_prepared
def check_gateways() -> Sequence[CheckMessage]:
    """With test keys invoices are paid, and nobody pays."""
    return [
        CheckWarning(
            f"Payment gateway {slug} is in test mode: no money moves, but invoices are marked as paid.",
            hint=f"Set your live keys with `commerce gateway set {slug}`, or turn it off.",
            id="commerce.W031",
        )
        for slug in registry.offerable_slugs()
        if current.get_setting(f"gateway.{slug}.enabled")
        and registry.get_gateway(slug).is_test_mode
    ]


@deploy_check
def check_system_user() -> Sequence[CheckMessage]:
    """What is served as root gives the whole machine to whoever finds a hole."""
    owner = settings.COMMERCE_DATA_DIR.stat().st_uid
    if os.geteuid() != 0 or owner != 0:  # root may look at another user's installation
        return []
    return [
        CheckWarning(
            "The installation belongs to root.",
            hint="Create a user for it (useradd --system commerce), then run chown -R commerce: on the data folder.",
            id="commerce.W027",
        )
    ]


@deploy_check
@_prepared
def check_worker() -> Sequence[CheckMessage]:
    """Without a worker nothing is mailed, billed, suspended or set up."""
    last = last_turn()
    if last is None:
        return [
            Info(
                "No worker has run yet.",
                hint="`commerce serve` starts one. With --no-worker, run `commerce worker` as a service.",
                id="commerce.I028",
            )
        ]
    if clock.now() - last < WORKER_GONE_AFTER:
        return []
    return [
        CheckWarning(
            f"No worker has run since {last:%Y-%m-%d %H:%M} UTC: nothing is emailed, billed, or set up.",
            hint="Start `commerce serve` without --no-worker, or `commerce worker`.",
            id="commerce.W029",
        )
    ]


@deploy_check
@_prepared
def check_clock() -> Sequence[CheckMessage]:
    """A node whose clock is off runs what is not due, and takes others' work for lost."""
    offset = database_clock_offset()
    if abs(offset) <= CLOCK_WRONG_AFTER:
        return []
    return [
        CheckWarning(
            f"This machine's clock is {abs(offset):.0f} s {'ahead of' if offset > 0 else 'behind'} the database's.",
            hint="Set both by NTP: timedatectl set-ntp true",
            id="commerce.W036",
        )
    ]


@deploy_check
def check_disk() -> Sequence[CheckMessage]:
    """A full disk stops orders, logs and backups at the same time."""
    if not files.is_disk_nearly_full(settings.COMMERCE_DATA_DIR):
        return []
    return [
        CheckWarning(
            f"The disk of {settings.COMMERCE_DATA_DIR} has less than 5 % free.",
            hint="Move backups and logs to another disk, or enlarge this one.",
            id="commerce.W037",
        )
    ]


@deploy_check
@_prepared
def check_rehearsal() -> Sequence[CheckMessage]:
    """A backup that cannot be restored is none. Who never rehearsed one by us is left alone."""
    state = backups.last_backup()
    late = state.rehearsed_at and clock.now() - state.rehearsed_at > backups.REHEARSAL_LATE_AFTER
    if not state.problem and not late:
        return []
    since = f" since {state.rehearsed_at:%Y-%m-%d %H:%M} UTC" if state.rehearsed_at else ""
    return [
        CheckWarning(
            f"No backup has been restored and checked{since}. {state.problem}".strip(),
            hint="Run `commerce rehearse` with the folder of your backups.",
            id="commerce.W035",
        )
    ]


@deploy_check
@_prepared
def check_backup() -> Sequence[CheckMessage]:
    """A night without a backup is a day of business that a broken disk takes."""
    state = backups.last_backup()
    if state.made_at is None:
        return [
            Info(
                "No backup has been made with `commerce backup` yet.",
                hint="Enable commerce-backup.timer, or make sure that another tool backs up the database and the keys.",
                id="commerce.I033",
            )
        ]
    if not backups.is_backup_late(state.made_at, at=clock.now()):
        return []
    return [
        CheckWarning(
            f"The last good backup was made at {state.made_at:%Y-%m-%d %H:%M} UTC.",
            hint="journalctl -u commerce-backup has the reason. Then run: systemctl start commerce-backup",
            id="commerce.W034",
        )
    ]
