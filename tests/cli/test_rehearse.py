"""`commerce rehearse`: a backup restored beside the installation, and told when that fails."""

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.server.running import once, run_command

pytestmark = once


def told(data: Path) -> tuple[list[str], str, bool]:
    """Mails of rehearsals, what is wrong, and whether one ever went well."""
    with closing(sqlite3.connect(data / "commerce.sqlite3")) as file:
        mails = file.execute("SELECT event FROM mail_outgoingmail ORDER BY id").fetchall()
        [(problem, at)] = file.execute("SELECT problem, rehearsed_at FROM runs_backupstate")
    return [event for (event,) in mails], problem, at is not None


def test_the_newest_backup_is_restored_and_tomorrow_is_tried_on_it(
    data: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    made = run_command(data, "backup", str(folder))
    assert made.returncode == 0, made.stderr
    newest = folder / "commerce-29990101T000000Z.tar.gz"
    newest.write_bytes(Path(made.stdout.strip()).read_bytes()[:-20])
    done = run_command(data, "rehearse", str(folder))
    assert (done.returncode, "cut off or damaged" in done.stderr) == (1, True)
    events, problem, rehearsed = told(data)
    assert (events, "cut off or damaged" in problem, rehearsed) == (
        ["rehearsal_failed"],
        True,
        False,
    )

    newest.unlink()
    before = sorted(path.name for path in data.iterdir())
    done = run_command(data, "rehearse", str(folder))
    assert done.returncode == 0, done.stderr
    assert "Clients: 0 → 0" in done.stdout
    assert told(data) == (["rehearsal_failed", "rehearsal_done"], "", True)
    assert {*before, "rehearsal"} - {path.name for path in data.iterdir()} == {"rehearsal"}
