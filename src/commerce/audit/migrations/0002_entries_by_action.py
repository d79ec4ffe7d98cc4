"""Entries of one kind over all clients are found by an index."""

from django.db import models

from commerce.db.migration_operations import AddIndexConcurrently
from commerce.db.migration_states import LazyMigration


class Migration(LazyMigration):
    atomic = False

    dependencies = [("audit", "0001_initial")]

    operations = [
        AddIndexConcurrently(
            model_name="auditentry",
            index=models.Index(fields=["action", "at", "id"], name="audit_by_action"),
        ),
    ]
