"""``python -m bench.half_sent``: what half-sent requests cost others, directly over TLS and behind proxies as
documented.

Fifty requests of each kind are begun and never ended: heads and bodies over HTTP/1.1, bodies over HTTP/2. Health, a
page and the API are asked before, while they are open, and after all were dropped at once. The proxies that are on the
machine run with the configuration that stands in ``deploy/``.
"""

import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from bench.contestants import ROOT
from commerce.server import certificates
from tests.server import half_requests
from tools import servers

COUNT, ASKED = 50, 15
PATHS = (("/up", 200), ("/client/login", 200), ("/api/v1/me", 401))
PLAIN_REPLIES = (("/api/v1/me", 403), ("/client/login", 308))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def shipped_configuration(name: str) -> str:
    """What the release has for a proxy."""
    return (ROOT / "deploy" / name).read_text()


def caddy(folder: Path, pair: tuple[Path, Path], ports: tuple[int, int, int]) -> list[str]:
    """The command that runs the shipped Caddyfile on other ports."""
    behind, port, plain = ports
    text = shipped_configuration("Caddyfile").replace("127.0.0.1:8000", f"127.0.0.1:{behind}")
    text = text.replace("http://billing.example.com", f"http://localhost:{plain}")
    text = text.replace(
        "billing.example.com {", f"localhost:{port} {{\n\ttls {pair[0]} {pair[1]}", 1
    )
    file = folder / "Caddyfile"
    file.write_text("{\n\tadmin off\n\tauto_https disable_redirects\n}\n" + text)
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(file)]


def nginx(folder: Path, pair: tuple[Path, Path], ports: tuple[int, int, int]) -> list[str]:
    """The command that runs the shipped servers of nginx on other ports."""
    behind, port, plain = ports
    text = shipped_configuration("nginx.conf").replace("127.0.0.1:8000", f"127.0.0.1:{behind}")
    text = re.sub(r" *listen \[::\].*\n", "", text)
    text = text.replace("listen 443", f"listen {port}").replace("listen 80", f"listen {plain}")
    ours = "/etc/letsencrypt/live/billing.example.com"
    text = text.replace(f"{ours}/fullchain.pem", str(pair[0]))
    text = text.replace(f"{ours}/privkey.pem", str(pair[1]))
    text = text.replace("billing.example.com", "localhost")
    head = f"pid {folder}/nginx.pid;\nerror_log stderr;\ndaemon off;\nevents {{}}\n"
    file = folder / "nginx.conf"
    file.write_text(f"{head}http {{\naccess_log off;\n{text}}}\n")
    return ["nginx", "-e", "stderr", "-p", str(folder), "-c", str(file)]


PROXIES: dict[str, Callable[[Path, tuple[Path, Path], tuple[int, int, int]], list[str]]] = {
    "caddy": caddy,
    "nginx": nginx,
}


def timed_request(port: int, path: str, *, tls: bool = True) -> tuple[int, float]:
    """The status of a fresh request, and its seconds."""
    context = ssl._create_unverified_context()  # noqa: S323 - our own server of this minute
    began = time.perf_counter()
    connection = (
        http.client.HTTPSConnection("localhost", port, timeout=30, context=context)
        if tls
        else http.client.HTTPConnection("localhost", port, timeout=30)
    )
    connection.request("GET", path)
    status = connection.getresponse().status
    connection.close()
    return status, time.perf_counter() - began


def path_times(port: int) -> list[tuple[float, float]]:
    """Milliseconds of each path: the middle one and the longest."""
    found = []
    for path, wanted in PATHS:
        took = []
        for _ in range(ASKED):
            status, seconds = timed_request(port, path)
            if status != wanted:
                sys.exit(f"{path}: {status} instead of {wanted}")
            took.append(seconds * 1000)
        found.append((median(took), max(took)))
    return found


@contextmanager
def installation(folder: Path, port: int, *words: str, **more: str) -> Iterator[None]:
    """An empty installation of its own that serves."""
    variables = {name: value for name, value in os.environ.items() if "COMMERCE" not in name}
    variables |= {"COMMERCE_DATA_DIR": str(folder / "data"), **more}
    program = [sys.executable, "-P", "-c", "from commerce.cli import main; main()"]
    subprocess.run([*program, "migrate"], env=variables, check=True, capture_output=True)
    variables_of = [f"{name}={value}" for name, value in variables.items()]
    command = ["env", "-i", *variables_of, *program, "serve", "--no-worker", "--port", str(port)]
    log = folder / "log"
    with servers.running([*command, *words], log) as server:
        servers.wait_for(lambda: "Ready on" in log.read_text(), server, log)
        yield


def measure_way(way: str, port: int) -> None:
    """Ask before, during and after, and print a row for each path."""
    timed_request(port, "/client/login")
    before = path_times(port)
    with half_requests.half_sent(port, count=COUNT):
        during = path_times(port)
    after = path_times(port)
    for number, (path, _) in enumerate(PATHS):
        cells = [
            f"{each[number][0]:.0f} ({each[number][1]:.0f})" for each in (before, during, after)
        ]
        print(f"| {way} | `{path}` | {' | '.join(cells)} |", flush=True)


def main() -> None:
    print("| Way | | before: ms, middle (longest) | during | after |\n|---|---|--:|--:|--:|")
    with tempfile.TemporaryDirectory(prefix="commerce-") as name:
        folder, port = Path(name), free_port()
        with installation(folder, port, "--http-port", "0"):
            measure_way("directly", port)
    for proxy in filter(shutil.which, PROXIES):
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="commerce-")))
            folder.chmod(0o755)
            found = certificates.local_certificate(
                folder / "tls", host="localhost", at=datetime.now(UTC)
            )
            ports = free_port(), free_port(), free_port()
            more = {
                "COMMERCE_TRUSTED_PROXIES": "127.0.0.1",
                "COMMERCE_URL": f"https://localhost:{ports[1]}",
            }
            stack.enter_context(installation(folder, ports[0], "--behind-proxy", **more))
            command = PROXIES[proxy](folder, (found.chain, found.key), ports)
            log = folder / "proxy.log"
            running = stack.enter_context(servers.running(["env", f"HOME={folder}", *command], log))
            servers.wait_for(lambda port=ports[1]: servers.accepts(port), running, log)
            for path, wanted in PLAIN_REPLIES:
                status, _ = timed_request(ports[2], path, tls=False)
                if status != wanted:
                    sys.exit(f"{proxy}, plain {path}: {status} instead of {wanted}")
            measure_way(f"behind {proxy}", ports[1])


if __name__ == "__main__":
    main()
