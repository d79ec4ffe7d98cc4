"""What an act may leave besides rows: files, mails, units of limits, calls to others."""

import hashlib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from commerce.kit import counter_store


def folder_digests(folder: Path) -> dict[str, str]:
    """A digest of each file below a folder, but for logs."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.relative_to(folder).parts[0] != "log"
    }


class _NotedStore:
    """A store of counters that notes what is counted, but for requests of the API."""

    def __init__(self, store: Any, noted: list[str]) -> None:
        self._store, self._noted = store, noted

    def take(self, key: str, quota: int, window: int, *, units: int = 1) -> Any:
        if units and not key.startswith("api"):
            self._noted.append(f"counted {key.partition(':')[0]}")
        return self._store.take(key, quota, window, units=units)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


@contextmanager
def noted_traces() -> Iterator[list[str]]:
    """What is counted, sent and asked over the network within the block, as it happens."""
    noted: list[str] = []
    store_for, connect, names = (
        counter_store.counter_store_for,
        socket.socket.connect,
        socket.getaddrinfo,
    )

    def note_connect(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX:  # that of the counters
            noted.append(f"connected to {address}")
        connect(self, address)

    def note_names(host: Any, *arguments: Any, **more: Any) -> Any:
        noted.append(f"looked up {host}")
        return names(host, *arguments, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            counter_store, "counter_store_for", lambda url: _NotedStore(store_for(url), noted)
        )
        patch.setattr(socket.socket, "connect", note_connect)
        patch.setattr(socket, "getaddrinfo", note_names)
        yield noted
