"""Run the blocks of ``docs/first-hour.md`` in their order, as an ordinary user, below a folder in place of ``/``.

The page marks what needs root or systemd: that is told as skipped. What systemd would start is started here, by the
lines of the units. Paths and the domain name are the only words that are replaced. Run as root, it becomes nobody.
"""

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "first-hour.md"
FOLDERS = ("etc/caddy", "etc/systemd/system", "opt", "usr/local/sbin", "var/backups", "var/lib")
MOVED = re.compile(r"(?<![\w.~$}/-])/(etc|opt/commerce|usr/local|var)(?=/|\b)")
NOBODY = 65534
NEEDS = {"root": "root", "services": "systemd", "caddy": "systemd"}
"""What a block that is marked so needs."""


@dataclass(frozen=True)
class PageBlock:
    """A shell block of the page, the line at which it begins, and what the page's source says of it."""

    text: str
    line: int
    mark: str


def page_blocks(page: str) -> Iterator[PageBlock]:
    """The shell blocks in their order."""
    pattern = r"(?:^<!-- first-hour: (.+?) -->\n)?^```sh\n(.*?)^```$"
    for found in re.finditer(pattern, page, re.DOTALL | re.MULTILINE):
        yield PageBlock(found[2], page.count("\n", 0, found.start(2)) + 1, found[1] or "")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


class FreshMachine:
    """A folder in place of ``/``, and the words that stand for its paths and ports."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.port, self.behind, self.plain = free_port(), free_port(), free_port()
        for folder in (*FOLDERS, "person"):
            (top / folder).mkdir(parents=True)

    def moved(self, text: str) -> str:
        """A text with the paths of this machine."""
        return MOVED.sub(lambda found: f"{self.top}{found[0]}", text)

    def script(self, blocks: Iterator[PageBlock]) -> str:
        """One program of the shell: each block, and what stands for what cannot run here."""
        parts = [f"trap 'kill $(jobs -p) 2>/dev/null' EXIT\ncd {self.top}/person"]
        for block in blocks:
            label = f"{PAGE.relative_to(ROOT)}:{block.line}"
            print_label = f"printf '\\n── %s\\n' {shlex.quote(label)}"
            kind, _, what = block.mark.partition(" ")
            parts.append(print_label)
            if kind in ("skip", "start"):
                shown = "".join(f"   {line}\n" for line in block.text.splitlines())
                parts.append(
                    f"printf 'Not run here, needs {NEEDS[what]}:\\n%s' {shlex.quote(shown)}"
                )
            if kind == "start":
                parts.append(getattr(self, f"start_{what}")())
            elif kind == "may":
                parts.append(f"( {self.typed(block.text)} ) || true")
            elif kind != "skip":
                parts.append(self.typed(block.text))
        return "\n".join(parts)

    def typed(self, text: str) -> str:
        """A block as it is typed on this machine, with what it copies made to fit it."""
        text = self.moved(text).replace(
            "DOMAIN=billing.example.com", f"DOMAIN=localhost:{self.port}"
        )
        return text.replace("make setup", f"{self.moving()}\nmake setup")

    def moving(self) -> str:
        """What lets the files of the release, which are copied to their places, name those of this machine."""
        before = r"\(^\|[^A-Za-z0-9_.~$}/-]\)"
        return (
            f"sed -i -e 's#{before}/\\(etc\\|opt/commerce\\|usr/local\\|var\\)\\b#\\1{self.top}/\\2#g'"
            f" -e 's/--port 8000/--port {self.behind}/; s/127.0.0.1:8000/127.0.0.1:{self.behind}/' deploy/*"
        )

    def start_services(self) -> str:
        """The services of the page by their units, and a wait until the server answers."""
        start = (
            "for unit in commerce commerce-worker; do\n"
            f"  command=$(sed -n 's/^ExecStart=//p' {self.top}/etc/systemd/system/$unit.service)\n"
            f"  ( set -a; . {self.top}/etc/commerce.env; set +a; cd {self.top}/opt/commerce; exec $command )"
            f" >{self.top}/$unit.log 2>&1 &\n"
            "done\n"
        )
        ask = f"-H 'Host: localhost:{self.port}' http://127.0.0.1:{self.behind}/up"
        return f"{start}curl -fsS --retry 60 --retry-all-errors --retry-delay 1 {ask} 2>/dev/null"

    def start_caddy(self) -> str:
        """Caddy with a certificate of its own; it listens where this user may."""
        file = f"{self.top}/etc/caddy/Caddyfile"
        options = (
            "{\\n\\tadmin off\\n\\tauto_https disable_redirects\\n\\tskip_install_trust\\n}\\n"
        )
        authority = f"{self.top}/person/caddy/pki/authorities/local/root.crt"
        return (
            f"sed -i '1s/^/{options}/; s|http://localhost:{self.port}|http://localhost:{self.plain}|' {file}\n"
            f"XDG_DATA_HOME={self.top}/person caddy run --adapter caddyfile --config {file}"
            f" >{self.top}/caddy.log 2>&1 &\n"
            f"for i in $(seq 60); do [ -e {authority} ] && break; sleep 1; done\n"
            f"export CURL_CA_BUNDLE={authority}"
        )


def environment(top: Path) -> dict[str, str]:
    """What a person's shell has: nothing of this one's installation."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COMMERCE_")}
    path = f"{top}/usr/local/sbin:{kept.get('PATH', '')}"
    return kept | {"HOME": f"{top}/person", "PATH": path, "NO_PROXY": "localhost,127.0.0.1"}


def main() -> int:
    if missing := [program for program in ("caddy", "curl", "git") if not shutil.which(program)]:
        sys.exit(f"The page cannot be tried here: {', '.join(missing)} missing.")
    with tempfile.TemporaryDirectory(prefix="first-hour-") as name:
        machine = FreshMachine(Path(name))
        release = machine.top / "person" / "commerce.tar.gz"
        archive = [
            "git",
            "-C",
            str(ROOT),
            "archive",
            "--prefix=commerce/",
            "-o",
            str(release),
            "HEAD",
        ]
        subprocess.run(archive, check=True)
        script = machine.script(page_blocks(PAGE.read_text("utf-8")))
        run = ["bash", "-euo", "pipefail", "-c", script]
        if os.geteuid() == 0:
            run = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *run]
            for path in (machine.top, *machine.top.rglob("*")):
                os.chown(path, NOBODY, NOBODY)
        code = subprocess.run(run, env=environment(machine.top), check=False).returncode
        for log in machine.top.glob("*.log"):
            if code:
                print(f"\n── {log.name}\n{log.read_text('utf-8')[-3000:]}")
    print("\nThe first hour ends as the page says." if not code else "\nThe page failed.")
    return code


if __name__ == "__main__":
    sys.exit(main())
