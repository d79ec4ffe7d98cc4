"""What is wrong with the installation itself, for whoever may set it up: not everybody has somebody on call."""

from collections.abc import Iterator

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.dashboard.open_work import Held, WaitingWork, WorkGroup
from commerce.db.database_clock import CLOCK_WRONG_AFTER, database_clock_offset
from commerce.db.reads import has_replica, is_replica_read
from commerce.jobs.schedule import WORKER_GONE_AFTER, last_turn
from commerce.kit import clock
from commerce.kit.files import is_disk_nearly_full
from commerce.presentation.formats import format_instant
from commerce.runs.backups import is_backup_late, last_backup


def installation_trouble(held: Held) -> Iterator[WaitingWork]:
    """A worker that is gone, a backup that is late, a full disk, and a clock that is off; metrics tell the same."""
    if StaffPermission.SETTINGS_MANAGE not in held:
        return
    now, worked_at, backup = clock.now(), last_turn(), last_backup()
    if worked_at and now - worked_at > WORKER_GONE_AFTER:
        text = _("Background work has stopped since %(when)s: no emails, billing, or setup")
        yield _trouble("worker", text % {"when": format_instant(worked_at)})
    if backup.made_at and is_backup_late(backup.made_at, at=now):
        text = _("No backup since %(when)s")
        yield _trouble("backup", text % {"when": format_instant(backup.made_at)}, "admin:checks")
    if is_disk_nearly_full(settings.COMMERCE_DATA_DIR):
        yield _trouble("disk", _("The disk of this server is nearly full"))
    if abs(database_clock_offset()) > CLOCK_WRONG_AFTER:
        yield _trouble("clock", _("The clock of this server is wrong"))
    if has_replica() and not is_replica_read():
        text = _("The replica of the database is away or far behind: lists read from the database")
        yield _trouble("replica", text)


def _trouble(name: str, text: str, page: str = "") -> WaitingWork:
    url, button = (reverse(page), _("View checks")) if page else ("", "")
    return WaitingWork(f"installation {name}", WorkGroup.NOT_WORKING, text, url, button)
