"""Roles of staff: what whoever has one may do (backoffice.md 1)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from commerce.accounts.labels import SHIPPED_ROLE_LABELS
from commerce.accounts.staff_rules import (
    PRESETS,
    ShippedRole,
    StaffPermission,
    in_order,
    known_permissions,
    permissions_held,
)


class StaffRole(models.Model):
    """A role: each staff person has one. Its ``key`` is what commands, programs and the audit log call it.

    ``permissions`` of one that comes with the installation are None until somebody edits it: it has what this release
    gives it, and what the next one will. Its ``name`` is empty until somebody names it. ``reviewed_permissions`` are
    those that there were when it was last edited: what a later release adds is not in them.
    """

    key = models.CharField(max_length=60, primary_key=True)
    name = models.CharField(max_length=60, blank=True, default="")
    permissions = models.JSONField(null=True)
    reviewed_permissions = models.JSONField(default=list)
    daily_limit = models.PositiveIntegerField(null=True)
    """What each person may give away in a day, in whole units of the default currency."""
    created_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                Lower("name"), condition=~Q(name=""), name="staff_role_name_once"
            ),
            models.CheckConstraint(
                condition=Q(key__in=list(ShippedRole))
                | (~Q(name="") & Q(permissions__isnull=False)),
                name="staff_role_own_is_whole",
            ),
            models.CheckConstraint(
                condition=~Q(key=ShippedRole.SUPER_ADMIN) | Q(name="", permissions__isnull=True),
                name="staff_role_super_admin_fixed",
            ),
        ]

    def __str__(self) -> str:
        return self.name or str(SHIPPED_ROLE_LABELS[self.key])

    @property
    def is_shipped(self) -> bool:
        """Whether it came with the installation."""
        return self.key in ShippedRole

    @property
    def is_super_admin(self) -> bool:
        """Whether it passes every check."""
        return self.key == ShippedRole.SUPER_ADMIN

    @property
    def is_as_shipped(self) -> bool:
        """Whether nobody has changed what it may do."""
        return self.permissions is None

    @property
    def own_permissions(self) -> frozenset[StaffPermission]:
        """What was given to it, without what these contain."""
        if self.permissions is None:
            return PRESETS[ShippedRole(self.key)]
        return known_permissions(self.permissions)

    @property
    def permission_slugs(self) -> list[str]:
        """The same as slugs, in order."""
        return in_order(self.own_permissions)

    @property
    def all_permissions(self) -> frozenset[StaffPermission]:
        """What whoever has it may do."""
        return permissions_held(self.own_permissions)

    @property
    def new_permissions(self) -> list[StaffPermission]:
        """Those that came since somebody edited it, for them to judge."""
        if self.permissions is None:
            return []
        return [one for one in StaffPermission if one not in self.reviewed_permissions]
