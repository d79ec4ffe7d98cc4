"""Which state of a record a form was filled in for: two people who edit one record do not undo each other's work."""

import hashlib
from typing import Any

from django.db.models import Model


def record_version(record: Any, depends_on: object = "") -> str:
    """What a record is now, as a short text that differs once any of its columns does, or what else a form
    ``depends_on``; empty for no record.
    """
    if not isinstance(record, Model):
        return ""
    values = [
        f"{field.attname}={record.__dict__.get(field.attname)!r}"
        for field in record._meta.concrete_fields
    ]
    return hashlib.sha256("\n".join([*values, repr(depends_on)]).encode()).hexdigest()[:32]
