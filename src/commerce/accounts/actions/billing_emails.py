"""A billing address that somebody other than a member owns: bills go there once its owner agreed (accounts.md 1)."""

from datetime import datetime

from django.db import transaction

from commerce.accounts.actions.clients import keep_changes
from commerce.accounts.billing_links import asked_by
from commerce.accounts.models import Client
from commerce.kit.actor import Actor
from commerce.mail.actions import confirm_address


@transaction.atomic
def confirm_billing_email(*, token: str, at: datetime, actor: Actor) -> Client | None:
    """Use up a mailed link: bills go to its address from now on; the former one and the owners are told.

    None: it was used, is old or never was ours, or the client wants another address by now.
    """
    asked = asked_by(token)
    client = Client.objects.select_for_update().filter(pk=asked.pk).first() if asked else None
    if asked is None or client is None or client.wanted_email != asked.wanted_email:
        return None
    changes = {"email": client.wanted_email, "wanted_email": ""}
    keep_changes(client=client, changes=changes, at=at, actor=actor)
    confirm_address(email=client.email, at=at, actor=actor)
    return client


@transaction.atomic
def drop_billing_email(*, client: Client, at: datetime, actor: Actor) -> bool:
    """Keep the present billing address after all; false when no other was waiting."""
    client = Client.objects.select_for_update().get(pk=client.pk)
    return keep_changes(client=client, changes={"wanted_email": ""}, at=at, actor=actor)
