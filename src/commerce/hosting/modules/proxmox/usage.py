"""How much a guest uses."""

from collections.abc import Sequence

from commerce.hosting.modules.contract import UsageFigure, UsageKind
from commerce.hosting.modules.proxmox.client import ProxmoxClient
from commerce.hosting.modules.proxmox.guests import ProxmoxGuest
from commerce.kit import clock


def guest_usage(client: ProxmoxClient, guest: ProxmoxGuest) -> Sequence[UsageFigure]:
    """Memory now and traffic of the month; of a virtual machine Proxmox sees only the size of the disk."""
    now = client.get(f"{guest.path}/status/current")
    figures = [UsageFigure(UsageKind.MEMORY, int(now["mem"]), int(now["maxmem"]))]
    if guest.is_container:
        figures.append(UsageFigure(UsageKind.DISK, int(now["disk"]), int(now["maxdisk"])))
    traffic = _traffic(client, guest)
    if traffic is not None:
        figures.append(UsageFigure(UsageKind.TRAFFIC, traffic, None))
    return figures


def _traffic(client: ProxmoxClient, guest: ProxmoxGuest) -> int | None:
    """Bytes in and out since the month began, from the mean rates that Proxmox keeps; None while there are none."""
    first = clock.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0).timestamp()
    rows = sorted(
        (float(row["time"]), float(row.get("netin") or 0) + float(row.get("netout") or 0))
        for row in client.get(f"{guest.path}/rrddata", timeframe="month", cf="AVERAGE")
        if row.get("time")
    )
    if len(rows) < 2:
        return None
    step = rows[1][0] - rows[0][0]
    return int(sum(rate * step for at, rate in rows if at >= first))
