"""The links by which the owner of an address agrees to get a client's bills; they count while the client wants it."""

from django.core import signing

from commerce.accounts.models import Client
from commerce.accounts.rules import ClientStatus

BILLING_LINK_SALT = "commerce.billing-email"
BILLING_LINK_DAYS = 7
"""How long a link is valid."""


def billing_email_token(client: Client, email: str) -> str:
    """What the link to an address that a client wants bills to go to holds."""
    return signing.dumps({"client": client.pk, "email": email}, salt=BILLING_LINK_SALT)


def client_of_billing_email_token(token: str) -> Client | None:
    """The client whose ``pending_email`` is the address of this link; None for any other link."""
    try:
        values = signing.loads(token, salt=BILLING_LINK_SALT, max_age=BILLING_LINK_DAYS * 86400)
    except signing.BadSignature:
        return None
    clients = Client.objects.filter(pk=values["client"], pending_email=values["email"])
    return clients.exclude(pending_email="").exclude(status=ClientStatus.CLOSED).first()
