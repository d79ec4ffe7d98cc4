"""Tags and notes by which staff keep track of clients; no client ever sees one (accounts.md 9)."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from commerce.accounts.models.clients_and_users import Client


class TagQuerySet(models.QuerySet["ClientTag"]):
    def for_client(self, client: object) -> Self:
        """Those of one client, by name."""
        return self.filter(ties__client_id=getattr(client, "pk", client)).order_by("name", "pk")


class ClientTag(models.Model):
    """A word that staff put on clients, in a color such as ``#3366cc``, or none."""

    name = models.CharField(max_length=100)
    color = models.CharField(max_length=7, blank=True, db_column="colour")

    objects = TagQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("name"), name="client_tag_name_unique"),
            models.CheckConstraint(condition=~Q(name=""), name="client_tag_named"),
        ]

    def __str__(self) -> str:
        return self.name


class TaggedClientQuerySet(models.QuerySet["TaggedClient"]):
    def for_client(self, client: object) -> Self:
        return self.filter(client_id=getattr(client, "pk", client))


class TaggedClient(models.Model):
    """That a client has a tag."""

    # No index of its own: the constraint below starts with the client.
    client = models.ForeignKey(Client, models.PROTECT, related_name="tag_ties", db_index=False)
    tag = models.ForeignKey(ClientTag, models.PROTECT, related_name="ties")

    objects = TaggedClientQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["client", "tag"], name="client_tag_once"),
        ]

    def __str__(self) -> str:
        return f"{self.client}: {self.tag}"


class NoteQuerySet(models.QuerySet["ClientNote"]):
    def for_client(self, client: object) -> Self:
        """Those of one client: sticky ones on top, then the newest."""
        notes = self.filter(client_id=getattr(client, "pk", client))
        return notes.order_by("-is_sticky", "-created_at", "-pk")


class ClientNote(models.Model):
    """What staff wrote down about a client, in Markdown. ``author_name`` is who did, as the audit log names them."""

    client = models.ForeignKey(Client, models.PROTECT, related_name="notes")
    body = models.TextField()
    author_name = models.CharField(max_length=254, blank=True)
    is_sticky = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    objects = NoteQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(body=""), name="client_note_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.client}: {self.body[:40]}"
