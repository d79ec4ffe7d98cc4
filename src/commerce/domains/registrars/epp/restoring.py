"""The report that some registries want before a name is back (RFC 3915)."""

from datetime import UTC

from epptools import Client, Response
from epptools import namespaces as ns

from commerce.kit import clock

STATEMENTS = (
    "The registrar has not restored the name to use or sell it itself, or for a third party.",
    "The information in this report is true to the best of the registrar's knowledge.",
)


def send_report(client: Client, name: str, *, deleted: Response) -> None:
    """Say why the name was restored, and that nobody else gets it; ``deleted`` is what was told of it before."""
    frame = client.frame()
    update = frame.ns(frame.verb("update"), ns.DOMAIN, "domain:update")
    frame.ns(update, ns.DOMAIN, "domain:name", name)
    frame.ns(update, ns.DOMAIN, "domain:chg")
    extension = frame.ns(frame.extension(), ns.RGP, "rgp:update")
    restore = frame.ns(extension, ns.RGP, "rgp:restore", None, {"op": "report"})
    report = frame.ns(restore, ns.RGP, "rgp:report")
    data = f"{name}, registered until {deleted.expiry_date()}"
    now = clock.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.0Z")
    for element, text in (
        ("preData", data),
        ("postData", data),
        ("delTime", deleted.updated_date() or now),
        ("resTime", now),
        ("resReason", "Registrant error"),
        *(("statement", statement) for statement in STATEMENTS),
    ):
        frame.ns(report, ns.RGP, f"rgp:{element}", text)
    client.request(frame)
