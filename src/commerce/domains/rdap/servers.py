"""Which RDAP server speaks for which TLD (RFC 9224): a list that comes with the release, later a newer one of IANA."""

import json
import logging
import os
import tempfile
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from commerce.kit.files import chown_to_folder_owner
from commerce.kit.remote.http import NOT_UNDERSTOOD, send_request

if TYPE_CHECKING:
    from whoisit.bootstrap import BaseBootstrap

log = logging.getLogger(__name__)

IANA_URL = "https://data.iana.org/rdap/dns.json"
BUNDLED_LIST = Path(__file__).with_name("servers.json")
KEPT_FOR = timedelta(days=30)
WITH_UNLISTED_SERVERS = True
"""Also those that whoisit knows although IANA's list lacks them, such as that of .de."""
_NOBODY: dict[str, Any] = {"services": [[[], []]]}
"""Servers for what is never asked about: the library wants every list of IANA."""


def kept_list() -> Path:
    """Where the newest list is kept that was fetched."""
    folder: Path = settings.COMMERCE_DATA_DIR
    return folder / "rdap-servers.json"


def known_servers() -> "BaseBootstrap":
    """The servers of the kept list, otherwise those of the release's."""
    try:
        return _read_list(kept_list(), kept_list().stat().st_mtime_ns)
    except FileNotFoundError:
        pass
    except (OSError, *NOT_UNDERSTOOD) as error:
        log.warning("The kept list of RDAP servers can't be read: %s", error)
    return _read_list(BUNDLED_LIST, 0)


def refresh_server_list(*, at: datetime, url: str = IANA_URL) -> bool:
    """Keep IANA's list if none was fetched within 30 days; whether one was now. No network is no failure."""
    try:
        fetched_at = datetime.fromtimestamp(kept_list().stat().st_mtime, UTC)
    except FileNotFoundError:
        fetched_at = datetime.min.replace(tzinfo=UTC)
    if fetched_at > at - KEPT_FOR:
        return False
    try:
        answer = send_request("GET", url, headers={"Accept": "application/json"})
        if answer.status != 200 or not _is_list(answer.data()):
            raise ValueError(f"no list of servers, status {answer.status}")
    except (OSError, *NOT_UNDERSTOOD) as error:
        log.info("IANA's list of RDAP servers can't be fetched: %s", error)
        return False
    _store_servers(answer.body, at)
    return True


def _store_servers(content: bytes, at: datetime) -> None:
    """All of it or nothing: another process reads it meanwhile."""
    path = kept_list()
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=".rdap-servers-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            chown_to_folder_owner(path.parent, file.fileno())
        os.utime(draft, (at.timestamp(), at.timestamp()))
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


@lru_cache(maxsize=2)
def _read_list(path: Path, version: int) -> "BaseBootstrap":
    del version  # of the file: another one is read again
    return _loaded(json.loads(path.read_bytes()))


def _loaded(servers: dict[str, Any]) -> "BaseBootstrap":
    """Servers that are asked over TLS, or on this machine."""
    from whoisit.bootstrap import BaseBootstrap  # with its clients for HTTP 10 MiB

    safe = [
        [tlds, usable]
        for tlds, urls in servers["services"]
        if (usable := [url for url in urls if url.startswith(("https://", "http://127.0.0.1:"))])
    ]
    if not safe:
        raise ValueError("no servers")
    lists = dict.fromkeys(("asn", "ipv4", "ipv6", "object"), _NOBODY)
    loaded = BaseBootstrap()
    loaded.load_bootstrap_data(
        {"timestamp": 0, "dns": {"services": safe}, **lists},
        overrides=WITH_UNLISTED_SERVERS,
        allow_insecure=True,
        from_json=False,
    )
    return loaded


def _is_list(content: Any) -> bool:
    """Whether it can be used: a page of a network that wants a sign-in first would take every server away."""
    _loaded(content)
    return any("com" in tlds for tlds, _ in content["services"])
