"""Calls to the API of Modoboa: JSON, a token, and what it says against something in words."""

import json
from collections.abc import Collection, Iterator
from typing import Any
from urllib.parse import urlencode

from commerce.hosting.modules.connection import PanelConnection
from commerce.hosting.modules.contract import ModuleOutcome
from commerce.hosting.modules.panel import PanelRefusal, check_page, check_status
from commerce.kit.remote.http import HttpAnswer, ProviderSilentError

PAGE = 100


class ModoboaClient:
    """The API of one server."""

    def __init__(self, connection: PanelConnection) -> None:
        self._connection = connection
        self._headers = {
            "Authorization": f"Token {connection.server.settings['token']}",
            "Accept": "application/json",
            "Content-Type": "application/json",
        }

    def get(self, path: str, **query: object) -> Any:
        """What is there."""
        return self.call("GET", f"{path}?{urlencode(query)}" if query else path)

    def found(self, path: str) -> list[Any]:
        """What is there, or nothing."""
        try:
            return [self.get(path)]
        except PanelRefusal as refusal:
            if refusal.outcome != ModuleOutcome.NOT_FOUND:
                raise
            return []

    def all(self, path: str, **query: object) -> Iterator[Any]:
        """All rows of a list, page by page."""
        page = 1
        while True:
            answer = self.get(path, page=page, page_size=PAGE, **query)
            yield from answer["results"]
            if not answer["next"]:
                return
            page += 1

    def call(self, method: str, path: str, body: Any = None, hidden: Collection[str] = ()) -> Any:
        """What the call answers. Raises ``PanelRefusal`` and ``ProviderSilentError``."""
        answer = self._connection.send(
            method,
            f"/api/v2/{path}",
            headers=self._headers,
            content=None if body is None else json.dumps(body).encode(),
            hidden=hidden,
        )
        if answer.status == 204:
            return None
        if not 200 <= answer.status < 300:
            _refuse(answer)
        check_page(answer)
        return answer.data()


def _refuse(answer: HttpAnswer) -> None:
    reason = _reason(answer)
    if answer.status in (400, 409) and "already exist" in reason:
        raise PanelRefusal(f"The panel says: {reason}", ModuleOutcome.TAKEN)
    check_status(answer, reason)


def _reason(answer: HttpAnswer) -> str:
    """``{"name": ["…"]}``, ``{"detail": "…"}``, ``{"error": "…"}``."""
    try:
        said = answer.data()
    except ProviderSilentError:
        return ""
    if not isinstance(said, dict):
        return ""
    texts = (
        f"{name}: {' '.join(map(str, text)) if isinstance(text, list) else text}"
        for name, text in said.items()
    )
    return "; ".join(texts)
