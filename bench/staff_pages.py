"""``python -m bench.staff_pages [--rounds N] [--record]``: what the staff area costs with a million invoices.

A super admin's pages, each asked several times in one process, without a network: how long one waits for it, and
the processor time of Python and of PostgreSQL.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from bench import contestants, machine, report
from bench.pages import PAGE, PageCaller, log_progress
from bench.staff_data import fill_staff

if TYPE_CHECKING:
    from commerce.accounts.models import Staff

MOST_SECONDS, MOST_SECONDS_OF_DASHBOARD = 1.0, 0.5


class StaffPage(NamedTuple):
    """A page: its statements, and of each round the seconds until its reply and the processor's milliseconds."""

    name: str
    statements: int
    seconds: list[float]
    python: list[float]
    postgres: list[float]

    @property
    def most(self) -> float:
        return MOST_SECONDS_OF_DASHBOARD if self.name == "dashboard" else MOST_SECONDS


def prepare(stores: machine.StoreServers, folder: Path) -> None:
    """An installation with very much in it; one that is there already is brought up to date."""
    os.environ |= contestants.environment(stores)
    os.environ |= {"COMMERCE_DATA_DIR": str(folder / "data"), "COMMERCE_URL": "https://localhost"}
    import django

    django.setup()
    from django.core.management import call_command

    from commerce.accounts.models import Client

    log_progress("migrating")
    call_command("migrate", verbosity=0, skip_checks=True)
    if not Client.objects.exists():
        fill_staff(stores.postgres, log_progress)


def sign_in() -> str:
    """The cookie of a browser in which a super admin is signed in to the staff area."""
    from allauth.mfa.models import Authenticator
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from commerce.accounts.models import Staff, StaffRole, User
    from commerce.accounts.staff_rules import ShippedRole
    from commerce.kit import clock
    from commerce.portal.base.sign_in.areas import STAFF_SESSION_KEY
    from commerce.site_settings.encryption import key_ring

    user = User.objects.order_by("pk")[0]
    if not Staff.objects.exists():
        Staff.objects.create(
            user=user,
            role=StaffRole.objects.get(key=ShippedRole.SUPER_ADMIN),
            created_at=clock.now(),
        )
        Authenticator.objects.create(
            user=user, type=Authenticator.Type.TOTP, data={"secret": key_ring().encrypt("A" * 32)}
        )
    _save_views(Staff.objects.get(user=user))
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session[STAFF_SESSION_KEY] = True
    session.save()
    return f"{settings.COMMERCE_STAFF_COOKIE_NAME}={session.session_key}"


def _save_views(staff: "Staff") -> None:
    from bench.staff_paths import SAVED_VIEWS
    from commerce.accounts.models import SavedView
    from commerce.kit import clock

    for list_name, queries in SAVED_VIEWS.items():
        for query in queries:
            SavedView.objects.get_or_create(
                staff=staff,
                list_name=list_name,
                name=query,
                defaults={"query": query, "created_at": clock.now()},
            )


def measure(paths: Mapping[str, str], postgres: int, rounds: int) -> list[StaffPage]:
    """Each page in turn, round by round; the first round is not counted."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from commerce.config.wsgi import application

    caller = PageCaller(application, sign_in())
    found = []
    for name, path in paths.items():
        log_progress(name)
        with CaptureQueriesContext(connection) as statements:
            caller.get(path)
        found.append(StaffPage(name, len(statements), [], [], []))
    for number in range(rounds):
        log_progress(f"round {number + 1} of {rounds}")
        for page in found:
            database, python, began = (
                machine.cpu_ms(postgres),
                time.process_time(),
                time.monotonic(),
            )
            caller.get(paths[page.name])
            page.seconds.append(time.monotonic() - began)
            page.python.append((time.process_time() - python) * 1000)
            page.postgres.append(machine.cpu_ms(postgres) - database)
    return found


def table(found: Sequence[StaffPage]) -> str:
    """As Markdown."""
    lines: list[Sequence[str]] = [("Page", "queries", "Python", "PG", "time", "reach", "verdict")]
    for page in found:
        seconds = median(page.seconds)
        lines.append(
            (
                page.name,
                str(page.statements),
                *(f"{median(each):.0f} ms" for each in (page.python, page.postgres)),
                f"{seconds:.2f} s",
                f"< {page.most} s",
                "met" if seconds < page.most else "NOT met",
            )
        )
    return report.markdown(lines)


def slowest(found: Sequence[StaffPage]) -> list[StaffPage]:
    """Of each list the page that takes longest: as it opens, or by one of its filters or searches."""
    worst: dict[str, StaffPage] = {}
    for page in found:
        of_list = page.name.partition("?")[0]
        if of_list not in worst or median(page.seconds) > median(worst[of_list].seconds):
            worst[of_list] = page
    return list(worst.values())


def heading() -> str:
    """Where it was measured, in a sentence, and how busy the machine was besides."""
    load = os.getloadavg()[0]
    return f"{machine.machine_sentence()}; load {load:.1f} with the measurement's own."


def main() -> None:
    """Measure, print, and with ``--record`` put the table into docs/performance.md."""
    parser = argparse.ArgumentParser(prog="python -m bench.staff_pages", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--record", action="store_true", help="into docs/performance.md")
    parser.add_argument("--data", type=Path, help="keep the filled database here, and use it again")
    parser.add_argument("--only", default="", help="pages whose address has this in it")
    asked = parser.parse_args()
    machine.require_programs(without="wrk")
    with ExitStack() as stack:
        folder = asked.data or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="commerce-"))
        )
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)
        stores = stack.enter_context(machine.running_stores(folder))
        prepare(stores, folder)
        paths = {name: path for name, path in _paths().items() if asked.only in path}
        found = measure(paths, stores.pids["postgres"], asked.rounds)
    print(f"\n{heading()}\n\n{table(found)}")
    if asked.record:
        text = f"{heading()} {len(found)} pages; of each list the one that takes longest:"
        report.record_in_page(PAGE, f"{text}\n\n{table(slowest(found))}", mark="staff pages")


def _paths() -> dict[str, str]:
    from bench.staff_paths import staff_paths

    return staff_paths()


if __name__ == "__main__":
    main()
