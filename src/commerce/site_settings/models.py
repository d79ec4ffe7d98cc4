"""Stored settings: one row for each key that differs from its default, one for the time zone in force; and pictures."""

from django.db import models


class SiteSetting(models.Model):
    """A value that staff chose; ``value`` is JSON of the key's type."""

    key = models.CharField(max_length=80, primary_key=True)
    value = models.JSONField()

    def __str__(self) -> str:
        return self.key


class SettingPicture(models.Model):
    """A picture that a setting names: a PNG drawn by us, apart from the settings since each page reads those."""

    name = models.CharField(max_length=80, primary_key=True)
    content = models.BinaryField()

    def __str__(self) -> str:
        return self.name
