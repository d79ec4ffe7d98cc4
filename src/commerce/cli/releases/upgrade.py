"""`commerce upgrade`: from the release in use to another one, step by step, each of which may be repeated.

What touches the database is done by commands of the new release as the installation's own user, while the old release
serves; the link and the services are root's. Nothing here reads the settings: they may be the new release's alone.
"""

import fcntl
import os
import pwd
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import click

from commerce import __version__
from commerce.cli.releases.release_folders import (
    ReleaseFolder,
    lasting_program,
    own_release,
    program_of,
)
from commerce.cli.releases.service_restarts import restart_services, running_from
from commerce.cli.releases.systemd import differing_units
from commerce.config import console, env
from commerce.kit import files
from commerce.kit.errors import BusinessError

BACKUPS = Path("/var/backups/commerce")
_DATA = "COMMERCE_DATA_DIR"


@click.command()
@click.argument("release", required=False, metavar="[RELEASE]")
@click.option(
    "--backup",
    "folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help=f"Folder for the backup.  [default: {BACKUPS}]",
)
@click.option("--no-backup", is_flag=True, help="Make no backup: you have one of this hour.")
@click.option("--rehearse", is_flag=True, help="Try everything on the backup first.")
@click.option(
    "--despite-findings", is_flag=True, help="Continue even if `commerce prove` finds something."
)
@click.option(
    "--server",
    default="http://127.0.0.1:8000",
    show_default=True,
    metavar="URL",
    help="Where the server of this machine answers.",
)
def upgrade(
    *,
    release: str | None,
    folder: Path | None,
    no_backup: bool,
    rehearse: bool,
    despite_findings: bool,
    server: str,
) -> None:
    """Upgrade the installation to another release.

    RELEASE is the name of a folder in releases/, new or former; by default the release whose command this is. If the
    database is older, it is checked, backed up, migrated, and checked again, while the old release serves. Then the
    link `current` points to the release, and the workers and the server are restarted, in this order. If the server
    doesn't answer at --server afterwards, the link goes back.

    Safe to repeat after an interruption. If a step fails, the old release stays in use.
    """
    own = own_release()
    if release:
        _become(own, release)
    if no_backup and rehearse:
        raise click.UsageError("--rehearse needs a backup.")
    name = own.path.name if own else __version__
    with _only_upgrade() as state:
        pending = _output("migrate", "--dry-run").split()
        if pending:
            _note(state, name)
            backups = None if no_backup else folder or BACKUPS
            _back_up_and_migrate(len(pending), backups, rehearse=rehearse)
        if pending or state.read() == name:
            _step("prove", go_on=despite_findings)
            _note(state, "")
        if own is None:
            console.print_message("Now restart the workers, then the server.")
            return
        _start_using(own, server)


def _become(own: ReleaseFolder | None, name: str) -> None:
    """Go on as the release of this name: what is to be done is known to it alone."""
    other = own.sibling(name) if own else None
    if own is None or other is None or not (other.path / other.program).is_file():
        raise BusinessError("release.unknown", name=name)
    if other.path != own.path:
        program = str(other.path / other.program)
        words = sys.argv[1:]
        words.remove(name)
        os.execv(program, [program, *words])  # noqa: S606 - another release of this program


@contextmanager
def _only_upgrade() -> Iterator[IO[str]]:
    """A file that names the release whose proof is due. Raises ``BusinessError`` while there is another upgrade on this
    machine; its lock ends with the last process that has it: an upgrade that is killed leaves its step behind.
    """
    data = env.folder(_DATA, "var")
    with (data / "upgrade.lock").open("a+", encoding="utf-8") as state:
        files.chown_to_folder_owner(data, state.fileno())
        try:
            fcntl.flock(state, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BusinessError("release.upgrade_in_progress") from error
        os.set_inheritable(state.fileno(), True)
        state.seek(0)
        yield state


def _note(state: IO[str], name: str) -> None:
    state.truncate(0)
    state.write(name)
    state.flush()


def _back_up_and_migrate(count: int, folder: Path | None, *, rehearse: bool) -> None:
    """Bring the database up to date, while the old release goes on."""
    console.print_message(f"To {__version__}: {count} change{'' if count == 1 else 's'}.")
    _require_no_errors()
    if folder:
        backup = _output("backup", str(folder)).strip()
        if rehearse:
            _step("rehearse", backup)
    _step("migrate")


def _require_no_errors() -> None:
    """What the checks say is shown if it stops the upgrade: before the migrations they warn of what these will mend."""
    done = _run("check", stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        console.print_message(done.stdout)
        raise BusinessError("release.step_failed", step="check")


def _start_using(release: ReleaseFolder, server: str) -> None:
    """The link, then the services; back again, if they do not come up."""
    former = release.current()
    release.make_current()
    if not restart_services(server, _host()):
        if former is None or former.path == release.path:
            raise BusinessError("release.not_answering", server=server)
        former.make_current()
        restart_services(server, _host())
        raise BusinessError("release.taken_back", server=server, release=former.path.name)
    console.print_message(f"In use: {release.path.name}.")
    if former and former.path != release.path:
        for line in running_from(former.path):
            console.print_message(f"Still running the old release: {line}")
    if units := differing_units(lasting_program()):
        console.print_message(
            f"Units of this release differ: {', '.join(units)}. Run: commerce systemd"
        )


def _host() -> str:
    return env.text("COMMERCE_URL", "https://localhost:8443").partition("://")[2].rstrip("/")


def _step(*words: str, go_on: bool = False) -> None:
    """Run a command of this release. Raises ``BusinessError`` if it fails: all that came before may be repeated."""
    if _run(*words).returncode and not go_on:
        raise BusinessError("release.step_failed", step=words[0])


def _output(*words: str) -> str:
    done = _run(*words, stdout=subprocess.PIPE)
    if done.returncode:
        raise BusinessError("release.step_failed", step=words[0])
    return str(done.stdout)


def _run(
    *words: str, stdout: int | None = None, stderr: int | None = None
) -> subprocess.CompletedProcess[str]:
    """A command as whoever owns the data folder: what it makes is the service's."""
    owner = Path(env.text(_DATA, "var")).stat().st_uid
    user = pwd.getpwuid(owner) if owner and os.geteuid() == 0 else None
    return subprocess.run(  # noqa: S603 - this program
        [str(program_of(Path(sys.prefix))), *words],
        stdout=stdout,
        stderr=stderr,
        stdin=subprocess.DEVNULL,
        close_fds=False,  # the lock of the upgrade
        text=True,
        check=False,
        user=user.pw_uid if user else None,
        group=user.pw_gid if user else None,
        extra_groups=os.getgrouplist(user.pw_name, user.pw_gid) if user else None,
    )
