"""Two nodes behind a real nginx, set up as `deploy/nginx.conf` and "Several nodes" of `docs/operations.md` say."""

import http.client
import re
import shutil
import ssl
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.server.running import once, running_server
from tools.servers import free_port

ROOT = Path(__file__).parents[2]
HOST = "billing.example.com"

pytestmark = [
    once,
    pytest.mark.skipif(not shutil.which("nginx"), reason="nginx isn't installed"),
]


def documented(nodes: tuple[int, int], port: int, pair: Path) -> str:
    """The configuration that the documents give for several nodes, on ports of this test."""
    text = (ROOT / "deploy/nginx.conf").read_text("utf-8")
    section = (ROOT / "docs/operations.md").read_text("utf-8").split("### Several nodes\n")[1]
    upstream, in_location = re.findall("```nginx\n(.*?)```", section, re.DOTALL)[:2]
    text = re.sub(
        r"upstream commerce \{.*?\n\}\n", lambda _: upstream, text, count=1, flags=re.DOTALL
    )
    text = text.replace(
        "proxy_pass http://commerce;", f"proxy_pass http://commerce;\n{in_location}"
    )
    for address, node in zip(("10.1.2.11:8000", "10.1.2.12:8000"), nodes, strict=True):
        assert address in text
        text = text.replace(address, f"127.0.0.1:{node}")
    text = re.sub(r" *listen \[::\].*\n", "", text)
    text = text.replace("listen 443", f"listen {port}").replace(
        "listen 80", f"listen {free_port()}"
    )
    for name in ("fullchain.pem", "privkey.pem"):
        text = text.replace(f"/etc/letsencrypt/live/{HOST}/{name}", str(pair / name))
    return text


@contextmanager
def nginx(folder: Path, nodes: tuple[int, int]) -> Iterator[int]:
    """A running nginx in front of these ports; its own."""
    port = free_port()
    command = [
        "openssl",
        "req",
        "-x509",
        "-nodes",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
    ]
    files = ["-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem")]
    subprocess.run([*command, *files, "-subj", f"/CN={HOST}"], check=True, capture_output=True)
    file = folder / "nginx.conf"
    head = f"pid {folder}/nginx.pid;\nerror_log stderr;\ndaemon off;\nevents {{}}\n"
    file.write_text(f"{head}http {{\naccess_log off;\n{documented(nodes, port, folder)}}}\n")
    running = subprocess.Popen(
        ["nginx", "-e", "stderr", "-p", str(folder), "-c", str(file)], stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 20
        while True:
            try:
                asked(port, "/up")
                break
            except OSError:
                assert running.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.02)
        yield port
    finally:
        running.terminate()
        running.wait(10)


def asked(port: int, path: str) -> tuple[int, str | None]:
    """The status of a request of its own connection, and its Retry-After."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=30, context=context)
    try:
        connection.request("GET", path, headers={"Host": HOST})
        reply = connection.getresponse()
        return reply.status, reply.headers["Retry-After"]
    finally:
        connection.close()


def test_nodes_that_are_restarted_in_turn_cost_nobody_a_request(data: Path, tmp_path: Path) -> None:
    words = ("serve", "--behind-proxy", "--no-worker")
    more = {
        "COMMERCE_URL": f"https://{HOST}",
        "COMMERCE_TRUSTED_PROXIES": "127.0.0.1",
        "COMMERCE_WORKERS": "1",
    }
    seen: Counter[int] = Counter()
    ended = threading.Event()
    with (
        running_server(data, *words, plain=False, **more) as first,
        running_server(data, *words, plain=False, **more) as second,
        nginx(tmp_path, (first.port, second.port)) as port,
    ):

        def visit() -> None:
            while not ended.wait(0.02):
                seen[asked(port, "/client/login")[0]] += 1

        def see_visits() -> None:
            before = seen.total()
            while seen.total() < before + 20:
                time.sleep(0.02)

        visitor = threading.Thread(target=visit)
        visitor.start()
        try:
            see_visits()
            first.stop()
            see_visits()
            with running_server(data, *words, plain=False, port=first.port, **more):
                second.stop()  # at once: the first has been away until now
                see_visits()
                ended.set()
                visitor.join()
        finally:
            ended.set()
    assert set(seen) == {200}


class AwayHandler(BaseHTTPRequestHandler):
    """A node whose database is away."""

    def do_GET(self) -> None:
        self.send_response(503)
        self.send_header("Retry-After", "10")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""


def test_a_503_of_both_nodes_is_passed_on(tmp_path: Path) -> None:
    nodes = [ThreadingHTTPServer(("127.0.0.1", 0), AwayHandler) for _ in range(2)]
    for node in nodes:
        threading.Thread(target=node.serve_forever, daemon=True).start()
    with nginx(tmp_path, (nodes[0].server_port, nodes[1].server_port)) as port:
        assert [asked(port, "/client/login") for _ in range(6)] == [(503, "10")] * 6
    for node in nodes:
        node.shutdown()
        node.server_close()
