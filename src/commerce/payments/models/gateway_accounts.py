"""The accounts at gateways that this installation has used (payments.md 5)."""

from typing import ClassVar

from django.db import models


class GatewayAccount(models.Model):
    """Which account and mode some credentials are of: ``name`` stands with all that is made there.

    ``credentials`` is a hash of them, so that their account is known as soon as they are set again.
    """

    gateway = models.CharField(max_length=40)
    credentials = models.CharField(max_length=64)
    name = models.CharField(max_length=100)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["gateway", "credentials"], name="gateway_account_credentials_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gateway} {self.name}"
