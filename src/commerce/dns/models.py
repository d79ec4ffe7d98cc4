"""Zones, and the versions of their records (dns.md 1 and 3)."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from commerce.accounts.models import Client
from commerce.catalog.models import Product
from commerce.db.enums import enum_choices
from commerce.dns.rules import DnsRecord, DnssecStatus, VersionCause, ZoneStatus
from commerce.domains.models import Domain


class ZoneQuerySet(models.QuerySet["Zone"]):
    def for_client(self, client: object) -> Self:
        return self.filter(client_id=getattr(client, "pk", client))

    def live(self) -> Self:
        return self.filter(status=ZoneStatus.LIVE)


class Zone(models.Model):
    """The records of one name at our name servers; ``domain`` is the client's name here, if it is one.

    ``ds_records`` are those of the keys that the server has now, ``ds_at_registrar`` those that the registrar took from
    us. ``ds_gone_at`` is since when the parent has none while signing ends, ``ds_ttl`` how long others remember them.
    ``is_delegated`` is what the parent's name servers said last: none, before they were asked.
    """

    client = models.ForeignKey(Client, models.PROTECT, related_name="zones")
    domain = models.ForeignKey(Domain, models.PROTECT, null=True, related_name="zones")
    name = models.CharField(max_length=253)
    status = models.CharField(
        max_length=5, choices=enum_choices(ZoneStatus), default=ZoneStatus.LIVE
    )
    dnssec = models.CharField(
        max_length=9, choices=enum_choices(DnssecStatus), default=DnssecStatus.UNSIGNED
    )
    ds_records = models.JSONField(default=list)
    ds_at_registrar = models.JSONField(default=list)
    ds_gone_at = models.DateTimeField(null=True)
    ds_ttl = models.PositiveIntegerField(default=86_400)
    is_delegated = models.BooleanField(null=True)
    delegation_problems = models.JSONField(default=list)
    delegation_checked_at = models.DateTimeField(null=True)
    ends_on = models.DateField(null=True)
    end_told_on = models.DateField(null=True)
    ended_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    version = models.BigIntegerField(default=1, db_default=1)
    """Counts changes of what clients read of it (``record_versions.py``)."""

    objects = ZoneQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status__in=list(ZoneStatus)), name="zone_status_known"
            ),
            models.CheckConstraint(
                condition=Q(dnssec__in=list(DnssecStatus)), name="zone_dnssec_known"
            ),
            models.CheckConstraint(
                condition=~Q(status=ZoneStatus.LIVE, ended_at__isnull=False)
                & ~Q(status=ZoneStatus.ENDED, ended_at__isnull=True),
                name="zone_ended_has_instant",
            ),
            models.UniqueConstraint(
                fields=["name"], condition=Q(status=ZoneStatus.LIVE), name="zone_live_name_unique"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def newest(self) -> "ZoneVersion":
        """Its newest version, sent or not."""
        return self.versions.latest("number")


class ZoneVersion(models.Model):
    """All records of a zone as somebody left them; ``live_at`` is when the server first answered with its serial,
    ``made_by`` the member who made it; none of staff and of the system.

    ``soa`` are the values of its SOA record but for the serial: name server, mailbox, refresh, retry, expire, minimum.
    """

    zone = models.ForeignKey(Zone, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    serial = models.PositiveBigIntegerField()
    soa = models.CharField(max_length=600)
    records = models.JSONField()
    cause = models.CharField(max_length=8, choices=enum_choices(VersionCause))
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=255, blank=True)
    live_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(cause__in=list(VersionCause)), name="zone_version_cause_known"
            ),
            models.UniqueConstraint(fields=["zone", "number"], name="zone_version_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.zone_id} {self.number}"

    def record_list(self) -> list[DnsRecord]:
        """Its records, in the order of a zone."""
        return [DnsRecord.of(each) for each in self.records]

    def soa_value(self) -> str:
        """The value of its SOA record, with the serial."""
        server, mailbox, *times = self.soa.split()
        return " ".join([server, mailbox, str(self.serial), *times])


class ZoneTemplate(models.Model):
    """The records of new zones of a product's services, in place of the setting ``dns.template``."""

    product = models.OneToOneField(Product, models.PROTECT, related_name="zone_template")
    text = models.TextField()

    def __str__(self) -> str:
        return f"{self.product_id}"
