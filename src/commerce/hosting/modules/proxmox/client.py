"""Calls to the API of Proxmox VE: tokens, forms, errors in words, and the tasks that most writes become."""

import time
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from commerce.hosting.modules.connection import PanelConnection
from commerce.hosting.modules.contract import ModuleOutcome
from commerce.hosting.modules.panel import PanelRefusal, check_page, check_status
from commerce.kit.remote.http import HttpAnswer, ProviderSilentError

WAITS = (0, 0.2, 0.5, 1)
"""When a task is looked at before the job does: most are over at once."""


class NoSuchGuestError(PanelRefusal):
    """There is no guest of this number."""

    def __init__(self) -> None:
        super().__init__("There is no such guest at the server.", ModuleOutcome.NOT_FOUND)


class NumberInUseError(Exception):
    """There is a guest of this number."""


class TaskRunning(Exception):
    """The server works at it: the task that tells when it is done, empty for one whose name was lost."""

    def __init__(self, task: str = "", what: str = "The server works at it.") -> None:
        super().__init__(what)
        self.task = task


class ProxmoxClient:
    """The API of one cluster, asked at one of its nodes."""

    def __init__(self, connection: PanelConnection) -> None:
        self._connection = connection
        settings = connection.server.settings
        self._token = f"PVEAPIToken={settings['token_id']}={settings['token_secret']}"

    def get(self, path: str, **query: object) -> Any:
        """What is there."""
        return self.call("GET", path, query)

    def call(
        self,
        method: str,
        path: str,
        form: Mapping[str, object] | None = None,
        hidden: Collection[str] = (),
    ) -> Any:
        """What the call answers. Raises ``PanelRefusal``, ``NumberInUseError`` and ``ProviderSilentError``."""
        headers, content = {"Authorization": self._token}, urlencode(form or {})
        if method in ("POST", "PUT"):
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        elif content:
            path = f"{path}?{content}"
        answer = self._connection.send(
            method,
            f"/api2/json{path}",
            headers=headers,
            content=content.encode() if method in ("POST", "PUT") else None,
            hidden=hidden,
        )
        if answer.status != 200:
            self._refuse(answer)
        check_page(answer)
        return answer.data()["data"]

    def act(
        self,
        method: str,
        path: str,
        form: Mapping[str, object] | None = None,
        hidden: Collection[str] = (),
    ) -> None:
        """Have it done, to its end. Raises ``TaskRunning`` if that takes a while."""
        task = self.call(method, path, form, hidden)
        if str(task).startswith("UPID:"):
            self.follow(str(task))

    def follow(self, task: str) -> None:
        """Wait a moment for a task. Raises ``TaskRunning``, and ``ProviderSilentError`` for one that failed."""
        node = quote(task.split(":")[1], safe="")
        for wait in WAITS:
            time.sleep(wait)
            status = self.get(f"/nodes/{node}/tasks/{quote(task, safe='')}/status")
            if status["status"] == "stopped":
                said = str(status["exitstatus"])
                if said != "OK" and not said.startswith("WARNINGS"):
                    raise ProviderSilentError(
                        self._connection.shown(f"{status['type']} failed at the server: {said}")
                    )
                return
        raise TaskRunning(task)

    def _refuse(self, answer: HttpAnswer) -> None:
        """Some of its 500 are answers that will not change."""
        reason = _reason(answer)
        if answer.status == 500:
            if "does not exist" in reason and "onfiguration file" in reason:
                raise NoSuchGuestError
            if "already exists" in reason:
                raise NumberInUseError(reason)
        if answer.status >= 500 and reason:
            raise ProviderSilentError(
                self._connection.shown(f"the server answers {answer.status}: {reason}")
            )
        check_status(answer, reason)


def _reason(answer: HttpAnswer) -> str:
    try:
        said = answer.data()
    except ProviderSilentError:
        return ""
    if not isinstance(said, dict):
        return ""
    errors = said.get("errors") or {}
    parts = [str(said.get("message") or "").strip()]
    if isinstance(errors, dict):
        parts += [f"{name}: {str(text).strip()}" for name, text in errors.items()]
    return "; ".join(part for part in parts if part)
