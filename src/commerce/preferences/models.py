"""Stored settings: one row for each key that differs from its default, and one for the time zone in force."""

from django.db import models


class Setting(models.Model):
    """A value that staff chose; ``value`` is JSON of the key's type."""

    key = models.CharField(max_length=80, primary_key=True)
    value = models.JSONField()

    def __str__(self) -> str:
        return self.key
