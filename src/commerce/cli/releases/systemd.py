"""`commerce systemd`: the units of this release, and what goes with them, at their places."""

import re
from importlib.resources import files
from pathlib import Path

import click

from commerce.cli.releases.release_folders import lasting_program
from commerce.config import console
from commerce.kit.errors import BusinessError

UNITS = Path("etc/systemd/system")
ENVIRONMENT = Path("etc/commerce.env")
COMMAND = Path("usr/local/sbin/commerce")
_SOURCES = files("commerce") / "deploy"
_PROGRAM, _HOST = "/opt/commerce/.venv/bin/commerce", "billing.example.com"


@click.command()
@click.option("--host", metavar="NAME", help="Public host name, for a new /etc/commerce.env.")
@click.option(
    "--root",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=Path("/"),
    help="Write below this folder.  [default: /]",
)
@click.option("--print", "name", metavar="FILE", help="Only print a file, such as Caddyfile.")
def systemd(*, host: str | None, root: Path, name: str | None) -> None:
    """Write the systemd units of this release.

    Also writes /usr/local/sbin/commerce, the command for root, and, if there is none, /etc/commerce.env. Units are
    replaced; put changes of your own into drop-ins (`systemctl edit commerce`). --print shows a proxy's or monitoring
    system's file instead, for --host.
    """
    if name:
        click.echo(_read(name, host), nl=False)
        return
    program = lasting_program()
    if host and not (root / ENVIRONMENT).exists():
        _write(root / ENVIRONMENT, _read("commerce.env.example", host), 0o600)
    _write(root / COMMAND, _with_program(_read("commerce"), program), 0o755)
    for unit, text in unit_texts(program).items():
        _write(root / UNITS / unit, text, 0o644)
    if not (root / ENVIRONMENT).exists():
        console.print_message(f"{root / ENVIRONMENT} is missing. Run again with --host.")
        raise SystemExit(1)


def unit_texts(program: Path) -> dict[str, str]:
    """Each unit of this release, which starts this program."""
    names = sorted(one.name for one in _SOURCES.iterdir())
    return {
        name: _with_program(_read(name), program)
        for name in names
        if name.endswith((".service", ".timer"))
    }


def differing_units(program: Path, root: Path = Path("/")) -> list[str]:
    """Units that are installed, and not as this release has them."""
    return [
        name
        for name, text in unit_texts(program).items()
        if (root / UNITS / name).is_file() and (root / UNITS / name).read_text("utf-8") != text
    ]


def _read(name: str, host: str | None = None) -> str:
    source = _SOURCES / name
    if "/" in name or not source.is_file():
        listed = ", ".join(sorted(one.name for one in _SOURCES.iterdir()))
        raise BusinessError("release.file_unknown", name=name, files=listed)
    text = source.read_text("utf-8")
    if host and not re.fullmatch(r"[A-Za-z0-9.-]+(:\d+)?", host):
        raise BusinessError("release.host_unreadable", host=host)
    return text.replace(_HOST, host) if host else text


def _with_program(text: str, program: Path) -> str:
    """A unit or script that starts this program: all of them name that of a release at one place."""
    return text.replace(_PROGRAM, str(program))


def _write(path: Path, text: str, mode: int) -> None:
    """Put a file in its place, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)
    temporary.touch(mode=0o600)
    temporary.write_text(text, "utf-8")
    temporary.chmod(mode)
    temporary.replace(path)
    click.echo(path)
