"""The links by which the owner of an address agrees to get a client's bills; they count while the client wants it."""

from django.core import signing

from commerce.accounts.models import Client

SALT = "commerce.billing-email"
DAYS = 7
"""How long a link is valid."""


def token_for(client: Client, email: str) -> str:
    """What the link to an address that a client wants bills to go to holds."""
    return signing.dumps({"client": client.pk, "email": email}, salt=SALT)


def asked_by(token: str) -> Client | None:
    """The client who wants bills to go to the address of this link, his ``wanted_email``; None for any other link."""
    try:
        values = signing.loads(token, salt=SALT, max_age=DAYS * 86400)
    except signing.BadSignature:
        return None
    found = Client.objects.filter(pk=values["client"], wanted_email=values["email"])
    return found.exclude(wanted_email="").exclude(status=Client.Status.CLOSED).first()
