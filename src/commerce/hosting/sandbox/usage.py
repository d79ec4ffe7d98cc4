"""How much an account at the sandbox uses: made up, the same whenever it is asked, and growing as real ones do."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from commerce.hosting.modules.contract import UsageFigure, UsageKind
from commerce.hosting.sandbox.panel import SandboxAccount

GIB = 1024**3


class PackageLimits(NamedTuple):
    """What a package of the sandbox grants; None: as much as wanted."""

    disk: int
    traffic: int | None
    mailboxes: int | None = None
    memory: int | None = None


PACKAGES: Mapping[str, PackageLimits] = {
    "community": PackageLimits(5 * GIB, 50 * GIB, 5),
    "starter": PackageLimits(10 * GIB, 100 * GIB, 5),
    "business": PackageLimits(50 * GIB, 500 * GIB, 50),
    "pro": PackageLimits(200 * GIB, None, None),
    "vps-s": PackageLimits(80 * GIB, 10_240 * GIB, memory=4 * GIB),
    "vps-l": PackageLimits(320 * GIB, 40_960 * GIB, memory=16 * GIB),
}
"""What a package is at the sandbox; it knows no others, and refuses them."""

_WEIGHT_YEAR = 365


def usage_of(account: SandboxAccount, at: datetime) -> list[UsageFigure]:
    """What it uses at an instant, of what its package grants; nothing on its first day but what is installed."""
    limits = PACKAGES[account.package]
    days = max((at - account.created_at).days, 0)
    share = _share(account.key)
    disk = _grown(limits.disk, share, days)
    month = limits.traffic or 400 * GIB
    traffic = month * min(at.day, days) * share // (31 * 1400)
    found = [
        UsageFigure(UsageKind.DISK, disk, limits.disk),
        UsageFigure(UsageKind.TRAFFIC, traffic, limits.traffic),
    ]
    if account.is_machine:
        memory = limits.memory or 0
        used = memory * (300 + share // 2) // 1000 if account.is_running else 0
        return [*found, UsageFigure(UsageKind.MEMORY, used, limits.memory)]
    boxes = min(days // 20 + (1 if days else 0), limits.mailboxes or 60)
    return [*found, UsageFigure(UsageKind.MAILBOXES, boxes, limits.mailboxes)]


def _grown(limit: int, share: int, days: int) -> int:
    """From little towards ``share`` of the limit, of which half is reached after a year."""
    start = limit // 400
    return start + (limit * share // 1000 - start) * days // (days + _WEIGHT_YEAR)


def _share(key: str) -> int:
    """Between 350 and 899 of 1000, for each account another."""
    return 350 + int(hashlib.sha256(key.encode()).hexdigest(), 16) % 550
