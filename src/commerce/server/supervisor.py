"""Keeps the processes of one installation together: they start as one, stop as one, and a dead one is not missed."""

import errno
import http.client
import logging
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event, Thread
from types import FrameType

import msgspec

from commerce.config.console import print_message
from commerce.kit.errors import BusinessError
from commerce.server.heartbeat import context_without_authorities
from commerce.server.listener import STOP_SECONDS, ProcessPlan, local_address


@dataclass(frozen=True, slots=True)
class ReadinessProbe:
    """How to ask whether the installation is ready: `GET /up` on this port."""

    host: str
    port: int
    tls: bool
    probe_host: str
    authority: Path | None = None

    def answers(self) -> bool:
        """Whether `/up` answers 200 now."""
        connection = self._connection()
        try:
            connection.request("GET", "/up", headers={"Host": self.probe_host})
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        host = local_address(self.host)
        if not self.tls:
            return http.client.HTTPConnection(host, self.port, timeout=5)
        if self.authority:
            context = ssl.create_default_context(cafile=self.authority)
        else:
            context = context_without_authorities()
        return http.client.HTTPSConnection(host, self.port, timeout=5, context=context)


class Supervisor:
    """Runs listeners until it is told to stop, or one of them ends."""

    def __init__(
        self,
        plans: Sequence[ProcessPlan],
        probe: ReadinessProbe,
        when_ready: Callable[[], None],
        *,
        renew: Callable[[], str] | None,
    ) -> None:
        self.plans, self.probe, self.when_ready = plans, probe, when_ready
        self.renew = renew
        self.events: SimpleQueue[object] = SimpleQueue()
        self.children: dict[subprocess.Popen[bytes], ProcessPlan] = {}
        self.ended = Event()
        self.silent_until: dict[int, float] = {}
        self.last_look = time.monotonic()

    def run(self) -> int:
        """Serve; the exit code: 0 when told to stop, 1 when a listener ended by itself."""
        before = {number: signal.signal(number, self._on_signal) for number in self._signals()}
        alive, ours = os.pipe()
        pulses, pulse = os.pipe()
        try:
            for plan in self.plans:
                self._start(msgspec.structs.replace(plan, parent_pipe=alive, heartbeat_pipe=pulse))
            Thread(target=self._watch_ready, daemon=True).start()
            Thread(target=self._read_heartbeats, args=(pulses,), daemon=True).start()
            return self._wait()
        finally:
            self.ended.set()
            self._stop()
            for end in (alive, ours, pulse):
                os.close(end)
            for number, handler in before.items():
                signal.signal(number, handler)

    def _signals(self) -> list[int]:
        return [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if self.renew else [])]

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self.events.put(signal.Signals(number))

    def _start(self, plan: ProcessPlan) -> None:
        # A session of its own: Ctrl-C in the terminal reaches this process, which tells the others in order.
        child = subprocess.Popen(  # noqa: S603 - our own module, by this very Python
            [
                sys.executable,
                "-P",
                "-m",
                "commerce.server.listener",
                msgspec.json.encode(plan).decode(),
            ],
            stdin=subprocess.DEVNULL,
            pass_fds=(plan.parent_pipe, plan.heartbeat_pipe),
            start_new_session=True,
        )
        self.children[child] = plan

        def watch() -> None:
            child.wait()
            self.events.put(child)

        Thread(target=watch, daemon=True).start()

    def _watch_ready(self) -> None:
        while not self.ended.is_set():
            if self.probe.answers():
                self.events.put(self.when_ready)
                return
            self.ended.wait(0.1)

    def _read_heartbeats(self, pulses: int) -> None:
        """Pass on what the workers tell: each its process id, and for how many seconds it may be silent."""
        with os.fdopen(pulses) as lines:
            for line in lines:
                pid, seconds = line.split()
                self.events.put((int(pid), int(seconds)))

    def _wait(self) -> int:
        while True:
            event: object = None
            with suppress(Empty):
                event = self.events.get(timeout=1)
            if self.events.empty() and time.monotonic() > self.last_look + 1:
                self._replace_silent()
            if event is signal.SIGHUP:
                self._renew()
            elif isinstance(event, signal.Signals):
                print_message("Stopping …")
                return 0
            elif isinstance(event, tuple):
                self.silent_until[event[0]] = time.monotonic() + event[1]
            elif isinstance(event, subprocess.Popen):
                plan = self.children[event]
                if plan.serves == "jobs":
                    self._restart_worker(event)
                    continue
                what = "plain" if plan.serves == "plain" else "main"
                text = f"The {what} listener on port {plan.port} has ended; stopping everything."
                print_message(text, level=logging.ERROR)
                return 1
            elif callable(event):
                event()

    def _replace_silent(self) -> None:
        """End each worker that has been silent for too long, so that its listener starts another."""
        now, paused = time.monotonic(), time.monotonic() - self.last_look - 5
        self.last_look = now
        if paused > 0:  # it was this process that did not run; give the workers time to be heard
            self.silent_until = {pid: end + paused for pid, end in self.silent_until.items()}
        for pid in [pid for pid, end in self.silent_until.items() if end < now]:
            del self.silent_until[pid]
            if _parent(pid) in {child.pid for child in self.children}:
                text = f"Worker {pid} has not answered /up three times; another takes its place."
                print_message(text, level=logging.ERROR)
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def _restart_worker(self, ended: subprocess.Popen[bytes]) -> None:
        """Another process for background work: what the ended one left is queued again by itself."""
        plan = self.children.pop(ended)
        text = f"The process for background work has ended ({ended.returncode}); starting another."
        # After HUP it ends as it was asked to.
        print_message(text, level=logging.ERROR if ended.returncode else logging.INFO)
        time.sleep(1)  # should it end again and again
        self._start(plan)

    def _renew(self) -> None:
        """New workers in place of the old ones, one by one: they read the certificate and the code anew.

        With a certificate that cannot be served the old ones stay.
        """
        if why := self.renew() if self.renew else "":
            print_message(
                f"Nothing was renewed, the workers serve on as before. {why}", level=logging.ERROR
            )
            return
        print_message("Renewing the workers …")
        for child, plan in self.children.items():
            if plan.serves == "pages":
                child.send_signal(signal.SIGHUP)
            elif plan.serves == "jobs":
                child.send_signal(signal.SIGTERM)

    def _stop(self) -> None:
        """Ask each listener to end, wait for requests that are on their way, then end what is left.

        A second signal does not wait.
        """
        for child in self.children:
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS + 5
        while any(child.poll() is None for child in self.children):
            try:
                event = self.events.get(timeout=max(deadline - time.monotonic(), 0.01))
            except Empty:
                break
            if isinstance(event, signal.Signals):
                break
        for child in self.children:
            # Its workers, should it have died before them. Nobody else can have the group's number so soon.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def _parent(pid: int) -> int:
    """The process that started this one; 0 when it does not live."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def require_free_port(host: str, port: int) -> None:
    """Raise ``BusinessError`` when a server cannot listen there.

    The servers share their port among their workers, and would even share it with a stranger's.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except PermissionError as error:
        raise BusinessError("installation.port_not_allowed", port=port) from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise BusinessError("installation.port_taken", port=port) from error
        raise BusinessError(
            "installation.port_not_usable", host=host, port=port, problem=error.strerror
        ) from error
