"""Run a command with a PostgreSQL and a Valkey of its own: ``python tools/servers.py [--production] COMMAND …``.

Both live in a temporary folder, listen on this machine only, and are gone when the command ends. The command
finds them through ``COMMERCE_DATABASE_URL`` and ``COMMERCE_COUNTERS``. ``--production`` adds what else a production
installation sets.
"""

import os
import pwd
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

# Speed before safety: the data is thrown away. Tests roll back what they write: statistics that autovacuum takes in
# between say that every table is empty, and whatever fills one next is planned for that, at ten times the cost. Tables
# full of what was rolled back look big, and the proof's long statements were compiled for seconds.
POSTGRES_OPTIONS = {
    "autovacuum": "off",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "jit": "off",
    "listen_addresses": "",
    "max_connections": "200",
    "timezone": "UTC",
}
PRODUCTION = {
    "COMMERCE_URL": "https://billing.example.com",
    "COMMERCE_ALLOWED_HOSTS": "billing.example.com",
    "COMMERCE_EMAIL_URL": "smtp+tls://commerce@mail.example.com:587",
    "COMMERCE_WORKERS": "2",
}


def program(*names: str, folders: str) -> str:
    """The path of the first of ``names`` that is on the machine; ends with a clear word if there is none."""
    beside = sorted(Path("/").glob(folders), key=lambda path: path.parent.name)
    for name in names:
        for place in [shutil.which(name), *(str(folder / name) for folder in reversed(beside))]:
            if place and Path(place).exists():
                return place
    sys.exit(f"{' or '.join(names)} is not on this machine. .ci/run shows how to install it.")


def account() -> str | None:
    """PostgreSQL refuses to run as root; then it runs as the user that its package made."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        sys.exit("PostgreSQL does not run as root, and this machine has no user `postgres`.")


def wait_for(ready: Callable[[], bool], server: subprocess.Popen[bytes], log: Path) -> None:
    """Until the server answers; ends with its log when it does not within 30 seconds."""
    for _ in range(300):
        if server.poll() is None and ready():
            return
        time.sleep(0.1)
    sys.exit(f"A server did not start:\n{log.read_text(errors='replace')}")


@contextmanager
def running(
    command: list[str],
    log: Path,
    owner: str | None = None,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    end: signal.Signals = signal.SIGTERM,
) -> Iterator[subprocess.Popen[bytes]]:
    """A server that is ended by its process id: first politely, after 20 seconds for good.

    Not by ``SIGINT``: what a shell starts in the background ignores it, and so does all that this starts.
    """
    with log.open("wb") as out:
        server = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            user=owner,
            group=owner,
            cwd=folder,
            env=environment,
        )
    try:
        yield server
    finally:
        server.send_signal(end)
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


@contextmanager
def postgres(folder: Path, settings: Mapping[str, str] | None = None) -> Iterator[str]:
    """A PostgreSQL on a socket in ``folder``, with these settings besides; gives its address. What an earlier one left
    in the folder is there again.
    """
    initdb = program("initdb", folders="usr/lib/postgresql/*/bin")
    binaries, data, owner = Path(initdb).resolve().parent, folder / "data", account()
    if owner:
        shutil.chown(folder, owner, owner)
    if not data.exists():
        subprocess.run(
            [
                initdb,
                "-D",
                data,
                "-U",
                "commerce",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--no-locale",
                "-N",
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd="/",
            user=owner,
            group=owner,
        )
    options = {**POSTGRES_OPTIONS, **(settings or {}), "unix_socket_directories": str(folder)}
    command = [str(binaries / "postgres"), "-D", str(data)]
    command += [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    ready = [str(binaries / "pg_isready"), "-q", "-h", str(folder)]
    # By SIGTERM it would wait until nobody is connected.
    with running(command, folder / "log", owner, end=signal.SIGINT) as server:
        wait_for(lambda: subprocess.call(ready) == 0, server, folder / "log")
        yield f"postgresql://commerce@/postgres?host={folder}"


@contextmanager
def valkey(folder: Path) -> Iterator[str]:
    """A Valkey (or Redis) that keeps nothing on disk; gives its address."""
    command = [program("valkey-server", "redis-server", folders="usr/bin")]
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command += ["--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", str(folder)]
    command += ["--unixsocket", str(folder / "socket")]
    with running(command, folder / "log") as server:
        wait_for(lambda: accepts(port), server, folder / "log")
        yield f"valkey://127.0.0.1:{port}"


@dataclass(frozen=True)
class PowerDns:
    """A PowerDNS that runs: where its API and its DNS are."""

    api_url: str
    api_key: str
    dns_port: int

    @property
    def dns_address(self) -> str:
        """Where it answers DNS."""
        return f"127.0.0.1:{self.dns_port}"


@contextmanager
def powerdns(folder: Path) -> Iterator[PowerDns]:
    """A PowerDNS with an empty SQLite database in ``folder``."""
    command = program("pdns_server", folders="usr/sbin")
    schema = program("schema.sqlite3.sql", folders="usr/share/pdns-backend-sqlite3/schema")
    with closing(sqlite3.connect(folder / "zones.sqlite3")) as database:
        database.executescript(Path(schema).read_text())
    running_at = PowerDns(f"http://127.0.0.1:{free_port()}", secrets.token_hex(16), free_port())
    options = {
        "launch": "gsqlite3",
        "gsqlite3-database": str(folder / "zones.sqlite3"),
        "gsqlite3-dnssec": "yes",
        "gsqlite3-pragma-synchronous": "0",
        "local-address": "127.0.0.1",
        "local-port": str(running_at.dns_port),
        "api": "yes",
        "api-key": running_at.api_key,
        "webserver": "yes",
        "webserver-address": "127.0.0.1",
        "webserver-allow-from": "127.0.0.1",
        "webserver-port": running_at.api_url.rpartition(":")[2],
        "socket-dir": str(folder),
        "expand-alias": "no",
        "guardian": "no",
        "daemon": "no",
        "disable-syslog": "yes",
        "primary": "yes",
        "receiver-threads": "1",
        "distributor-threads": "1",
        "signing-threads": "1",
    }
    (folder / "pdns.conf").write_text(
        "".join(f"{name}={value}\n" for name, value in options.items())
    )
    with running([command, f"--config-dir={folder}"], folder / "log") as server:
        port = int(options["webserver-port"])
        wait_for(lambda: accepts(port), server, folder / "log")
        yield running_at


def free_port() -> int:
    """A port of this machine that nobody listens on, for TCP and UDP alike.

    It is none of those that the system itself gives away, to whoever calls somebody: before a server that is told of it
    listens, another program could have it.
    """
    while True:
        port = 10_000 + secrets.randbelow(22_000)
        with (
            socket.socket() as tcp,
            socket.socket(type=socket.SOCK_DGRAM) as udp,
            suppress(OSError),
        ):
            tcp.bind(("127.0.0.1", port))
            udp.bind(("127.0.0.1", port))
            return port


def accepts(port: int) -> bool:
    """Whether something listens on this port of the machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def main(arguments: list[str]) -> int:
    production = arguments[:1] == ["--production"]
    command = arguments[1:] if production else arguments
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="commerce-")))
        folder.chmod(0o755)
        parts = {name: folder / name for name in ("postgres", "valkey", "data")}
        for part in parts.values():
            part.mkdir()
        environment = os.environ | {
            "COMMERCE_DATABASE_URL": stack.enter_context(postgres(parts["postgres"])),
            "COMMERCE_COUNTERS": stack.enter_context(valkey(parts["valkey"])),
            "COMMERCE_DATA_DIR": str(parts["data"]),
        }
        if production:
            environment |= PRODUCTION | {"COMMERCE_SECRET_KEY": secrets.token_urlsafe(64)}
        return subprocess.run(command, check=False, env=environment).returncode


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main(sys.argv[1:]))
