"""Servers and services (services-and-provisioning.md 1 and 3)."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Count, Q

from commerce.accounts.models import Client
from commerce.catalog.models import Currency, Product
from commerce.catalog.quote import PRICE_OVERRIDE
from commerce.db.enums import enum_choices
from commerce.hosting.rules import (
    LIVE_SERVICE_STATUSES,
    RUNNING_SERVICE_STATUSES,
    DriftKind,
    ServiceStatus,
    SuspensionReason,
)
from commerce.kit.periods import BillingCycle


class ServerQuerySet(models.QuerySet["Server"]):
    def with_account_count(self) -> Self:
        """With ``account_count``: how many accounts each has, with those that are being made. Counted, never kept."""
        live = Q(services__status__in=LIVE_SERVICE_STATUSES)
        return self.annotate(account_count=Count("services", filter=live))


class Server(models.Model):
    """A machine that hosting accounts live on; ``changed_at`` moves when its hostname does.

    New accounts of a product come to the active servers of its module and its group. ``max_accounts`` 0 is no limit.
    The name servers are those of domains that are ordered with a service on it, the addresses those of their websites.
    ``port`` 0 is that of its module; ``fingerprint`` is the one certificate that its panel must show, if not one that
    the usual authorities vouch for. ``settings`` are what the module needs by its fields, ``secrets`` those of them
    that are secret: JSON under the key ring. ``test_problem`` is what its last test failed by, with these settings;
    ``missing_accepted_at`` when staff said that the accounts which it lacks are gone.
    """

    name = models.CharField(max_length=100, unique=True)
    group = models.CharField(max_length=100, blank=True, default="", db_default="")
    module = models.CharField(max_length=40, default="manual", db_default="manual")
    hostname = models.CharField(max_length=253)
    ipv4 = models.CharField(max_length=15, blank=True, default="", db_default="")
    ipv6 = models.CharField(max_length=39, blank=True, default="", db_default="")
    port = models.PositiveIntegerField(default=0, db_default=0)
    fingerprint = models.CharField(max_length=64, blank=True, default="", db_default="")
    settings = models.JSONField(
        default=dict, db_default=models.Value({}, output_field=models.JSONField())
    )
    secrets = models.TextField(blank=True, default="", db_default="")
    panel_url = models.CharField(max_length=500, blank=True, default="", db_default="")
    max_accounts = models.PositiveIntegerField(default=0, db_default=0)
    ns1 = models.CharField(max_length=253, blank=True, default="", db_default="")
    ns2 = models.CharField(max_length=253, blank=True, default="", db_default="")
    ns3 = models.CharField(max_length=253, blank=True, default="", db_default="")
    ns4 = models.CharField(max_length=253, blank=True, default="", db_default="")
    is_active = models.BooleanField(default=True)
    drift_checked_at = models.DateTimeField(null=True)
    tested_at = models.DateTimeField(null=True)
    test_problem = models.CharField(max_length=500, blank=True, default="", db_default="")
    missing_accepted_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()

    account_count: int
    """Of a row that was read ``with_account_count``."""

    objects = ServerQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    @property
    def nameservers(self) -> list[str]:
        """Its name servers: two to four, or none."""
        return [host for host in (self.ns1, self.ns2, self.ns3, self.ns4) if host]


class ServiceQuerySet(models.QuerySet["Service"]):
    def for_client(self, client: object) -> Self:
        return self.filter(client_id=getattr(client, "pk", client))

    def newest_first(self) -> Self:
        return self.order_by("-created_at", "-id")


class Service(models.Model):
    """One sold unit of a hosting or other product, with its own state and price (minor units for each cycle).

    ``price_parts`` is what ``amount`` is made of: ``base``, ``group_discount``, ``promo_discount`` and ``promo_code``;
    the options with their amounts are in ``options``. Empty: ``amount`` is all there is to say. ``label`` is the
    product's name until somebody gives it a name of its own (``has_own_name``), which invoices then say.
    """

    # No index of its own: those below start with the client. So it is of the server.
    client = models.ForeignKey(Client, models.PROTECT, related_name="services", db_index=False)
    product = models.ForeignKey(Product, models.PROTECT, related_name="services")
    label = models.CharField(max_length=100)
    has_own_name = models.BooleanField(default=False, db_default=False)
    status = models.CharField(
        max_length=10, choices=enum_choices(ServiceStatus), default=ServiceStatus.PENDING
    )
    provisioning_key = models.CharField(max_length=32, unique=True)
    domain = models.CharField(max_length=253, blank=True)
    username = models.CharField(max_length=253, blank=True, default="", db_default="")
    remote_id = models.CharField(max_length=100, blank=True, default="", db_default="")
    server = models.ForeignKey(
        Server, models.PROTECT, null=True, related_name="services", db_index=False
    )
    billing_cycle = models.CharField(max_length=13, choices=enum_choices(BillingCycle))
    amount = models.BigIntegerField()
    currency = models.ForeignKey(Currency, models.PROTECT, db_column="currency_code")
    options = models.JSONField(default=list)
    price_parts = models.JSONField(default=dict, db_column="parts")
    anchor_date = models.DateField(null=True)
    next_due_date = models.DateField(null=True)
    ends_on = models.DateField(null=True, db_column="cancel_at")
    activated_on = models.DateField(null=True, db_column="registration_date")
    suspended_at = models.DateTimeField(null=True)
    suspension_reason = models.CharField(
        max_length=10, choices=enum_choices(SuspensionReason), blank=True
    )
    suspended_until = models.DateField(null=True)
    """The day on which the daily run ends a suspension that staff gave an end."""
    cancelled_at = models.DateTimeField(null=True)
    terminated_at = models.DateTimeField(null=True)
    notes = models.TextField(blank=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    version = models.BigIntegerField(default=1, db_default=1)
    """Counts changes of what clients read of it (``record_versions.py``)."""

    objects = ServiceQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status__in=list(ServiceStatus)),
                name="service_status_known",
            ),
            models.CheckConstraint(
                condition=Q(billing_cycle__in=list(BillingCycle)), name="service_cycle_known"
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="service_amount_not_negative"),
            # S9: final states have their instant, and nothing more is due.
            models.CheckConstraint(
                condition=~Q(status=ServiceStatus.CANCELLED)
                | Q(cancelled_at__isnull=False, next_due_date__isnull=True),
                name="service_cancelled_is_final",
            ),
            models.CheckConstraint(
                condition=~Q(status=ServiceStatus.TERMINATED)
                | Q(terminated_at__isnull=False, next_due_date__isnull=True),
                name="service_terminated_is_final",
            ),
            # S5: a running recurring service is always due some day.
            models.CheckConstraint(
                condition=~Q(status__in=RUNNING_SERVICE_STATUSES)
                | Q(billing_cycle=BillingCycle.ONE_TIME, next_due_date__isnull=True)
                | (~Q(billing_cycle=BillingCycle.ONE_TIME) & Q(next_due_date__isnull=False)),
                name="service_running_has_due_date",
            ),
            models.CheckConstraint(
                condition=Q(status=ServiceStatus.SUSPENDED, suspended_at__isnull=False)
                & ~Q(suspension_reason="")
                | ~Q(status=ServiceStatus.SUSPENDED),
                name="service_suspended_says_why",
            ),
            models.UniqueConstraint(
                fields=["server", "username"],
                condition=Q(status__in=LIVE_SERVICE_STATUSES) & ~Q(username=""),
                name="service_username_unique",
            ),
            models.UniqueConstraint(
                fields=["server", "remote_id"],
                condition=Q(status__in=LIVE_SERVICE_STATUSES) & ~Q(remote_id=""),
                name="service_remote_id_unique",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["client", "created_at", "id"], name="service_list"),
            models.Index(fields=["client", "status", "created_at", "id"], name="service_by_status"),
            models.Index(fields=["client", "changed_at"], name="service_changed"),
            # What the daily run asks for: running services up to a next due date.
            models.Index(
                fields=["next_due_date"],
                condition=Q(status__in=RUNNING_SERVICE_STATUSES),
                name="service_running_by_due_date",
            ),
            # What the dashboard lists: the same of one client, in its order.
            models.Index(
                fields=["client", "next_due_date", "id"],
                condition=Q(status__in=RUNNING_SERVICE_STATUSES),
                name="service_running_of_client",
            ),
            # What staff sum: the recurring revenue, without a look at the rows; and search: a domain that begins so.
            models.Index(
                fields=["currency", "billing_cycle", "amount"],
                condition=Q(status=ServiceStatus.ACTIVE),
                name="service_active_amounts",
            ),
            models.Index(
                fields=["domain"], opclasses=["varchar_pattern_ops"], name="service_by_domain"
            ),
            # The newest of a server: of an old one, a walk by the primary key would find the first after all others.
            models.Index(fields=["server", "id"], name="service_of_server"),
        ]

    @property
    def has_price_override(self) -> bool:
        """Whether staff agreed on the price with the client: it is not the catalog's."""
        return bool(self.price_parts.get(PRICE_OVERRIDE))

    def __str__(self) -> str:
        return self.label


class AccountPassword(models.Model):
    """The password of an account, until a member has read it once, or for 14 days; nobody else ever sees it.

    ``set_at`` is None until the panel has taken it.
    """

    service = models.OneToOneField(Service, models.PROTECT, related_name="account_password")
    encrypted = models.TextField()
    made_at = models.DateTimeField()
    set_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"Password of service {self.service_id}"


class AccountInfo(models.Model):
    """What the panel last said of the account of a service: ``state`` and ``details`` as ``PanelAccount`` has them."""

    service = models.OneToOneField(Service, models.PROTECT, related_name="account_info")
    state = models.CharField(max_length=3)
    package = models.CharField(max_length=100, blank=True)
    details = models.JSONField(default=dict)
    checked_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Account of service {self.service_id}"


class ProvisioningCallQuerySet(models.QuerySet["ProvisioningCall"]):
    def newest_first(self) -> Self:
        return self.order_by("-id")


class ProvisioningCall(models.Model):
    """A call to a panel: what was asked and answered, without secrets. Never changed; retention deletes it.

    Plain ids, no foreign keys: a call stays when its job or its server is gone. ``status`` 0 means no answer.
    """

    server_id = models.BigIntegerField()
    service_id = models.BigIntegerField(null=True)
    job_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    method = models.CharField(max_length=10)
    path = models.CharField(max_length=500)
    request = models.TextField(blank=True)
    status = models.PositiveSmallIntegerField()
    answer = models.TextField(blank=True)
    milliseconds = models.PositiveIntegerField()

    objects = ProvisioningCallQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["service_id", "id"], name="provisioning_call_of_service"),
            models.Index(fields=["job_id", "id"], name="provisioning_call_of_job"),
            models.Index(fields=["at"], name="provisioning_call_at"),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class UsageDayQuerySet(models.QuerySet["UsageDay"]):
    def for_client(self, client: object) -> Self:
        return self.filter(service__client_id=getattr(client, "pk", client))


class UsageDay(models.Model):
    """How much of a ``UsageKind`` an account used on a day; ``limit`` None: as much as wanted."""

    service = models.ForeignKey(Service, models.PROTECT, related_name="usage_days", db_index=False)
    day = models.DateField()
    kind = models.CharField(max_length=9)
    used = models.BigIntegerField()
    limit = models.BigIntegerField(null=True)

    objects = UsageDayQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["service", "day", "kind"], name="usage_day_unique"),
            models.CheckConstraint(condition=Q(used__gte=0), name="usage_day_not_negative"),
        ]
        indexes: ClassVar = [models.Index(fields=["day"], name="usage_day_day")]

    def __str__(self) -> str:
        return f"{self.kind} of service {self.service_id} on {self.day}"


class DriftFinding(models.Model):
    """Where a panel differs from what is known here, as it was when the server was last compared."""

    server = models.ForeignKey(Server, models.CASCADE, related_name="drift_findings")
    service = models.OneToOneField(Service, models.PROTECT, related_name="drift_finding")
    kind = models.CharField(max_length=20, choices=enum_choices(DriftKind))
    account = models.CharField(max_length=253)
    local = models.CharField(max_length=200, blank=True)
    remote = models.CharField(max_length=200, blank=True)
    found_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=list(DriftKind)), name="drift_kind_known")
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.account}"
