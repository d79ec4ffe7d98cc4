"""What belongs to a service, a domain or a zone alike, as panels of its record."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.models import AuditEntry
from commerce.backoffice.base.panels import Panel
from commerce.backoffice.lists.columns import (
    Column,
    choice_column,
    columns_of,
    instant_column,
)
from commerce.backoffice.lists.entry_columns import PERSON, entry_action
from commerce.backoffice.system.jobs import job_labels
from commerce.billing.models import Invoice
from commerce.billing.records import INVOICE_FIELDS
from commerce.jobs.models import Job
from commerce.jobs.records import JOB_FIELDS
from commerce.orders.models import Order
from commerce.orders.records import ORDER_FIELDS


def order_panel(rows: "Callable[[Any], QuerySet[Order]]") -> Panel:
    """The order that it came from."""
    return Panel(
        title=_lazy("Order"),
        permission=StaffPermission.ORDERS_VIEW,
        columns=columns_of(ORDER_FIELDS, "number created_at status"),
        rows=rows,
    )


def invoices_panel(rows: "Callable[[Any], QuerySet[Invoice]]") -> Panel:
    """The invoices that it stands on."""
    return Panel(
        title=_lazy("Invoices"),
        permission=StaffPermission.INVOICES_VIEW,
        columns=columns_of(INVOICE_FIELDS, "number status due_date total"),
        rows=rows,
    )


def jobs_panel(subject_of: Callable[[Any], tuple[str, int]]) -> Panel:
    """Background work about it, the newest first."""
    return Panel(
        title=_lazy("Jobs"),
        permission=StaffPermission.SERVICES_VIEW,
        columns=(
            *columns_of(JOB_FIELDS, "action"),
            choice_column(_lazy("Status"), "status", job_labels),
            *columns_of(JOB_FIELDS, "tries created_at"),
            Column(_lazy("Error"), lambda job: job.error[:120]),
        ),
        rows=lambda record: Job.objects.of(subject_of(record)).order_by("-pk"),
    )


def activity_panel(kind: str, permission: StaffPermission) -> Panel:
    """Who did what to it lately, with the way to all of it in the audit log; ``kind`` is its word there."""
    return Panel(
        title=_lazy("Activity"),
        permission=permission,
        columns=(
            instant_column(_lazy("Date"), "at"),
            PERSON,
            entry_action(),
            Column(_lazy("Reason"), "reason"),
        ),
        rows=lambda record: AuditEntry.objects.filter(
            record_kind=kind, record_id=record.pk
        ).newest_first(),
        limit=20,
        actions=(
            (
                _lazy("Audit log"),
                lambda record: (
                    f"{reverse('admin:audit_auditentry_changelist')}?record={kind}+{record.pk}"
                ),
                StaffPermission.AUDIT_VIEW,
            ),
        ),
    )
