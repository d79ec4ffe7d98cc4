"""Users, clients, memberships and invitations (accounts.md 1 to 3)."""

from typing import ClassVar, Self

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import Lower

from commerce.accounts.rules import ClientStatus, InvitationStatus, MemberRole
from commerce.db.enums import enum_choices
from commerce.mail.models import SuppressedAddress


class UserManager(BaseUserManager["User"]):
    def with_email(self, email: str) -> "models.QuerySet[User]":
        """The user of this address, however its letters are written; served by the unique index."""
        return self.alias(lowered=Lower("email")).filter(lowered=Lower(Value(email.strip())))

    def of_client_alone(self, client_id: int) -> "models.QuerySet[User]":
        """Members of a client who belong to no other, nor to staff."""
        elsewhere = Membership.objects.exclude(client_id=client_id).values("user")
        found = self.filter(memberships__client_id=client_id, staff__isnull=True)
        return found.exclude(pk__in=elsewhere)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.with_email(username or "").get()


class User(AbstractBaseUser):
    """A person who signs in."""

    email = models.EmailField(max_length=254)
    email_verified_at = models.DateTimeField(null=True)
    first_name = models.CharField(max_length=100)
    last_name = models.CharField(max_length=100)
    locale = models.CharField(max_length=10, default="en")
    time_zone = models.CharField(max_length=64, blank=True, default="")
    """Where they read instants; empty: they chose none, and ``locale.display_zone`` counts."""
    last_login = None
    last_login_at = models.DateTimeField(null=True)
    last_login_ip = models.GenericIPAddressField(null=True)
    is_active = models.BooleanField(default=True)
    terms_version = models.CharField(max_length=100, blank=True)
    terms_accepted_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = []

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("email"), name="user_email_unique"),
        ]

    def __str__(self) -> str:
        return self.email

    def get_full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class ClientQuerySet(models.QuerySet["Client"]):
    def for_client(self, client: object) -> Self:
        """The client of this id alone, as every model of theirs has it."""
        return self.filter(pk=getattr(client, "pk", client))


class TotpStep(models.Model):
    """The last 30-second step of which a TOTP factor accepted a code: none of it or before is accepted again."""

    factor = models.OneToOneField(
        "mfa.Authenticator", models.CASCADE, primary_key=True, related_name="+"
    )
    step = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.factor_id}: {self.step}"


class ClientGroup(models.Model):
    """Clients who share prices of their own and a discount (basis points, 2000 is 20 %) on all but domains."""

    name = models.CharField(max_length=100, unique=True)
    color = models.CharField(max_length=7, blank=True, db_column="colour")
    description = models.TextField(blank=True)
    discount = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(discount__lte=10_000), name="client_group_discount_range"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Client(models.Model):
    """The customer record that is billed. Its ``revision`` rises with each write to what the API shows of it."""

    first_name = models.CharField(max_length=100)
    last_name = models.CharField(max_length=100)
    company = models.CharField(max_length=200, blank=True)
    email = models.EmailField(max_length=254)
    """Where bills go: a member's proven address, one that a link proved, or one that staff gave."""
    pending_email = models.EmailField(max_length=254, blank=True, default="", db_default="")
    """The billing address that a member typed and nobody has proven yet; empty if there is none."""
    phone = models.CharField(max_length=50, blank=True)
    address1 = models.CharField(max_length=200, blank=True)
    address2 = models.CharField(max_length=200, blank=True)
    city = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=100, blank=True)
    postcode = models.CharField(max_length=20, blank=True)
    country = models.CharField(max_length=2)
    currency_code = models.CharField(max_length=3)
    tax_id = models.CharField(max_length=50, blank=True)
    tax_exempt = models.BooleanField(default=False, db_default=False)
    tax_exempt_reason = models.CharField(max_length=200, blank=True, default="", db_default="")
    tax_exempt_until = models.DateField(null=True)
    group = models.ForeignKey(ClientGroup, models.PROTECT, null=True, related_name="clients")
    dunning = models.BooleanField(default=True, db_default=True)
    autopay = models.BooleanField(default=True, db_default=True)
    """Whether the default card may be charged for invoices; without a saved card it says nothing."""
    locale = models.CharField(max_length=10, default="en")
    status = models.CharField(
        max_length=10, choices=enum_choices(ClientStatus), default=ClientStatus.ACTIVE
    )
    api_rate = models.PositiveIntegerField(null=True)
    api_write_rate = models.PositiveIntegerField(null=True)
    revision = models.BigIntegerField(default=1)
    access_revision = models.BigIntegerField(default=1, db_default=1)
    """Raised by triggers when one of its tokens may do something else than before (``access_triggers.py``)."""
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    version = models.BigIntegerField(default=1, db_default=1)
    """Counts changes of what clients read of it (``record_versions.py``)."""
    event_sequence = models.BigIntegerField(default=0, db_default=0)
    """How many events its programs have been told of (``record_events.py``); the others are of the transaction that
    last raised the revision: which it was, how many events there were before it, who acted, and when.
    """
    event_stamp = models.CharField(max_length=60, blank=True, default="", db_default="")
    event_base = models.BigIntegerField(default=0, db_default=0)
    event_actor = models.CharField(max_length=6, blank=True, default="", db_default="")
    event_at = models.DateTimeField(null=True)

    objects = ClientQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status__in=list(ClientStatus)),
                name="client_status_known",
            ),
            models.CheckConstraint(
                condition=Q(country__regex=r"^[A-Z]{2}$"), name="client_country_alpha2"
            ),
            models.CheckConstraint(
                condition=Q(currency_code__regex=r"^[A-Z]{3}$"), name="client_currency_iso"
            ),
            models.CheckConstraint(
                condition=Q(api_rate__isnull=True) | Q(api_rate__gte=1),
                name="client_api_rate_positive",
            ),
            models.CheckConstraint(
                condition=Q(api_write_rate__isnull=True) | Q(api_write_rate__gte=1),
                name="client_api_write_rate_positive",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["status", "id"], name="client_of_all_by_status"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """First and last name, as the API shows it."""
        return f"{self.first_name} {self.last_name}".rstrip()


class MembershipQuerySet(models.QuerySet["Membership"]):
    def for_client(self, client: object) -> Self:
        return self.filter(client_id=getattr(client, "pk", client))

    def for_user(self, user: object) -> Self:
        """Memberships of one user, with their clients, in the order in which they joined."""
        return (
            self.filter(user_id=getattr(user, "pk", user))
            .select_related("client", "user")
            .order_by("created_at", "id")
        )

    def with_suppressed_addresses(self) -> Self:
        """Whether the member's and the client's address get security mails only, as ``user_suppressed``
        and ``billing_suppressed``.
        """
        suppressed = SuppressedAddress.objects.suppressed
        return self.annotate(
            user_suppressed=Exists(suppressed(OuterRef("user__email"))),
            billing_suppressed=Exists(suppressed(OuterRef("client__email"))),
        )

    def active_owners(self) -> Self:
        return self.filter(role=MemberRole.OWNER, user__is_active=True)


class Membership(models.Model):
    """The tie between one user and one client. An owner has all rights; the others have those listed."""

    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    client = models.ForeignKey(Client, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=10, choices=enum_choices(MemberRole))
    rights = models.JSONField(default=list)
    invited_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "client"], name="membership_unique"),
            models.CheckConstraint(
                condition=Q(role__in=list(MemberRole)),
                name="membership_role_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.client}"


class MailPreference(models.Model):
    """Whether a member wants the mails of a group about a client; without a row it is as usual (accounts.md 8)."""

    membership = models.ForeignKey(Membership, models.CASCADE, related_name="mail_choices")
    group = models.CharField(max_length=10)
    wanted = models.BooleanField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["membership", "group"], name="mail_choice_once"),
        ]

    def __str__(self) -> str:
        return f"{self.group}: {'on' if self.wanted else 'off'}"


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def for_client(self, client: object) -> Self:
        return self.filter(client_id=getattr(client, "pk", client))

    def by_hash(self, token_hash: object) -> Self:
        """The one that a link belongs to."""
        return self.filter(token_hash=token_hash)

    def open(self) -> Self:
        return self.filter(status=InvitationStatus.OPEN)


class Invitation(models.Model):
    """An offer of membership, sent to one address; its link is kept as a hash only."""

    client = models.ForeignKey(Client, models.PROTECT, related_name="invitations")
    email = models.EmailField(max_length=254)
    role = models.CharField(max_length=10, choices=enum_choices(MemberRole))
    rights = models.JSONField(default=list)
    token_hash = models.CharField(max_length=64, unique=True)
    status = models.CharField(
        max_length=10, choices=enum_choices(InvitationStatus), default=InvitationStatus.OPEN
    )
    invited_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                F("client"),
                Lower("email"),
                condition=Q(status=InvitationStatus.OPEN),
                name="invitation_open_unique",
            ),
            models.CheckConstraint(
                condition=Q(status__in=list(InvitationStatus)),
                name="invitation_status_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} · {self.client}"
