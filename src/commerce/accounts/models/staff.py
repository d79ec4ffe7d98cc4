"""Staff: who runs the business, and what each of them may do (backoffice.md 1)."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from commerce.accounts.models.clients_and_users import User
from commerce.accounts.models.staff_roles import StaffRole
from commerce.accounts.staff_rules import (
    MailDelivery,
    ShippedRole,
    StaffPermission,
    permissions_held,
)
from commerce.db.enums import enum_choices


class StaffQuerySet(models.QuerySet["Staff"]):
    def active(self) -> Self:
        """Those who can sign in, with their roles."""
        return self.filter(is_active=True, user__is_active=True).select_related("role")

    def super_admins(self) -> Self:
        return self.filter(role=ShippedRole.SUPER_ADMIN)

    def people(self) -> Self:
        """All but machine accounts."""
        return self.filter(user__isnull=False)


class Staff(models.Model):
    """The staff record of a user: one role, what they have besides, and what was taken from them.

    One without a user is a machine account (``MachineAccount``): nobody signs in as it, and its ``owner`` answers
    for it.
    """

    user = models.OneToOneField(User, models.PROTECT, null=True, related_name="staff")
    owner = models.ForeignKey("self", models.PROTECT, null=True, related_name="machine_accounts")
    machine_name = models.CharField(max_length=100, blank=True, default="", db_default="")
    confirmed_on = models.DateField(null=True)
    """When its owner last said that the machine account is needed."""
    stops_after = models.DateField(null=True)
    """The last day on which a machine account works unless its owner says so again; None while they are not asked."""
    role = models.ForeignKey(
        StaffRole, models.PROTECT, related_name="people", db_default=models.Value("support")
    )
    extra_permissions = models.JSONField(
        default=list, db_default=models.Value([], output_field=models.JSONField())
    )
    removed_permissions = models.JSONField(
        default=list, db_default=models.Value([], output_field=models.JSONField())
    )
    """Of their role: from the time when each person had a list of their own. They can only become fewer."""
    is_active = models.BooleanField(default=True)
    keyboard_shortcuts = models.BooleanField(default=True, db_default=True)
    """Whether single keys do something on their pages (WCAG 2.1.4)."""
    last_sign_in_at = models.DateTimeField(null=True)
    last_sign_in_from = models.GenericIPAddressField(null=True)
    created_at = models.DateTimeField()
    list_columns = models.JSONField(
        default=dict, db_default=models.Value({}, output_field=models.JSONField())
    )
    """The columns that they chose, by list."""
    spent_on = models.DateField(null=True)
    spent = models.BigIntegerField(default=0, db_default=0)
    """What they gave away on that day, in minor units of the default currency, if their role has a limit."""
    former_role = models.CharField(
        max_length=11, db_column="role", default=ShippedRole.SUPPORT.value
    )
    former_permissions = models.JSONField(db_column="permissions", default=list)
    """Both are what the former release reads while its processes end, and go with the next one."""

    within: frozenset[StaffPermission] | None = None
    """What an API token leaves them of their permissions, in a request with it; no column."""

    objects = StaffQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(user__isnull=False, owner__isnull=True, machine_name="")
                | (
                    Q(user__isnull=True, owner__isnull=False, confirmed_on__isnull=False)
                    & ~Q(machine_name="")
                    & ~Q(role=ShippedRole.SUPER_ADMIN.value)
                ),
                name="staff_person_or_machine",
            ),
        ]

    def __str__(self) -> str:
        return self.machine_name if self.user is None else self.user.email

    @property
    def person(self) -> User:
        """The user of somebody who signs in."""
        assert self.user is not None, "a machine account"
        return self.user

    @property
    def full_name(self) -> str:
        """What they are called."""
        return self.machine_name if self.user is None else self.user.get_full_name()

    @property
    def is_super_admin(self) -> bool:
        """Whether they may do everything."""
        return self.role.is_super_admin

    @property
    def all_permissions(self) -> frozenset[StaffPermission]:
        """What they may do; a machine account no more than its owner."""
        held = permissions_held(
            self.role.all_permissions,
            tuple(self.extra_permissions),
            tuple(self.removed_permissions),
        )
        if self.owner is not None:
            held &= self.owner.all_permissions
        return held if self.within is None else held & self.within

    def may(self, permission: str) -> bool:
        return permission in self.all_permissions


class MachineAccountManager(models.Manager["MachineAccount"]):
    def get_queryset(self) -> models.QuerySet["MachineAccount"]:
        return super().get_queryset().filter(owner__isnull=False)


class MachineAccount(Staff):
    """Staff without sign-in, for a program that outlives people's tokens (staff-api.md). It works while its owner can
    sign in and answers, now and then, that it is needed.
    """

    objects: ClassVar = MachineAccountManager()  # type: ignore[assignment]  # not the one of all staff

    class Meta:
        proxy = True


class StaffMailChoice(models.Model):
    """How a staff person hears of an event; without a row by mail, and of the digest not (support-and-content.md 8)."""

    staff = models.ForeignKey(Staff, models.CASCADE, related_name="mail_choices")
    event = models.CharField(max_length=40)
    delivery = models.CharField(
        max_length=6,
        choices=enum_choices(MailDelivery),
        default=MailDelivery.MAIL,
        db_default=MailDelivery.MAIL.value,
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["staff", "event"], name="staff_mail_choice_once"),
            models.CheckConstraint(
                condition=Q(delivery__in=list(MailDelivery)), name="staff_mail_delivery_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event}: {self.delivery}"


class ListExport(models.Model):
    """A list of the staff area as a file, made by a job for the person who asked: too long to be made while they wait.

    ``query`` is that of the list's address. ``content`` is there once it is made; the row goes at ``expires_at``.
    """

    staff = models.ForeignKey(Staff, models.CASCADE, related_name="list_exports")
    list_name = models.CharField(max_length=60)
    query = models.TextField(blank=True)
    requested_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    content = models.BinaryField(null=True)

    def __str__(self) -> str:
        return f"export of {self.list_name}"


class StaffFormKey(models.Model):
    """The one-time key of a form of the staff area that was sent: a second sending of it changes nothing."""

    key = models.CharField(max_length=64, primary_key=True)
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.key
