"""Exports of a client's own data (accounts.md 10)."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from commerce.accounts.data_export.rules import ExportStatus
from commerce.accounts.models.clients_and_users import Client, User
from commerce.db.enums import enum_choices


class DataExportQuerySet(models.QuerySet["DataExport"]):
    def for_client(self, client: object) -> Self:
        """Those of a client, without their files."""
        return self.filter(client_id=getattr(client, "pk", client)).defer("content")

    def newest_first(self) -> Self:
        return self.order_by("-requested_at", "-id")


class DataExport(models.Model):
    """One ZIP file of a client's data; ``content`` is there while it is ready, until ``expires_at``."""

    client = models.ForeignKey(Client, models.PROTECT, related_name="data_exports")
    status = models.CharField(
        max_length=9, choices=enum_choices(ExportStatus), default=ExportStatus.REQUESTED
    )
    requested_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    requested_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    content = models.BinaryField(null=True)

    objects = DataExportQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["client"],
                condition=Q(status=ExportStatus.REQUESTED),
                name="data_export_one_open",
            ),
            models.CheckConstraint(
                condition=Q(status__in=list(ExportStatus)), name="data_export_status_known"
            ),
            models.CheckConstraint(
                condition=Q(
                    status=ExportStatus.READY, content__isnull=False, expires_at__isnull=False
                )
                | ~Q(status=ExportStatus.READY) & Q(content__isnull=True),
                name="data_export_ready_has_file",
            ),
        ]

    def __str__(self) -> str:
        return f"data export {self.pk}"
