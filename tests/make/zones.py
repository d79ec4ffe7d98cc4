"""A zone without a name server: what a page shows of one."""

from commerce.accounts.models import Client
from commerce.dns.models import Zone, ZoneVersion
from commerce.site_settings.models import SiteSetting
from tests.make.people import AT

RECORDS = [
    {"name": "@", "type": "NS", "ttl": 3600, "value": "ns1.example.net."},
    {"name": "www", "type": "A", "ttl": 3600, "value": "192.0.2.1"},
]


def turn_zones_on() -> None:
    """Zones are on, with a name server that nobody asks here."""
    for key, value in {
        "dns.server": "powerdns",
        "dns.nameservers": ["ns1.example.net", "ns2.example.net"],
        "dns.resolver": "127.0.0.1:9",
    }.items():
        SiteSetting.objects.update_or_create(pk=key, defaults={"value": value})


def make_stored_zone(client: Client, name: str = "") -> Zone:
    """A zone with one version, which is live."""
    zone = Zone.objects.create(
        client=client, name=name or f"zone{client.pk}.example", created_at=AT, changed_at=AT
    )
    ZoneVersion.objects.create(
        zone=zone,
        number=1,
        serial=2026040800,
        soa="ns1.example.net. hostmaster.example.net. 1 2 3 4",
        records=RECORDS,
        cause="edit",
        made_at=AT,
        made_by="alice@example.com",
        live_at=AT,
    )
    return zone
