"""A billing address that somebody other than a member owns: bills go there once its owner agreed (accounts.md 1)."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.clients import save_client_changes
from commerce.accounts.billing_email_links import client_of_billing_email_token
from commerce.accounts.models import Client
from commerce.kit.acts.act import act
from commerce.kit.context import Context
from commerce.mail.actions.addresses import confirm_address


@transaction.atomic
def confirm_billing_email(*, token: str, ctx: Context) -> Client | None:
    """Use up a mailed link: bills go to its address from now on; the former one and the owners are told.

    None: it was used, is old or never was ours, or the client wants another address by now.
    """
    claimed = client_of_billing_email_token(token)
    client = Client.objects.select_for_update().filter(pk=claimed.pk).first() if claimed else None
    if claimed is None or client is None or client.pending_email != claimed.pending_email:
        return None
    changes = {"email": client.pending_email, "pending_email": ""}
    save_client_changes(client=client, changes=changes, ctx=ctx)
    confirm_address(email=client.email, ctx=ctx)
    return client


@act(
    "client.keep_billing_email",
    Client,
    label=_("Keep billing email"),
    done=_("Your billing email stays the same."),
    member="profile.manage",
    while_suspended=True,
)
@transaction.atomic
def cancel_billing_email(*, client: Client, ctx: Context) -> bool:
    """Keep the present billing address after all; false when no other was waiting."""
    client = Client.objects.select_for_update().get(pk=client.pk)
    return save_client_changes(client=client, changes={"pending_email": ""}, ctx=ctx)
