"""Users, clients, memberships, invitations and API tokens. Import the models from here."""

from commerce.accounts.models.people import (
    Client,
    ClientGroup,
    Invitation,
    MailChoice,
    Membership,
    TotpStep,
    User,
)
from commerce.accounts.models.tokens import SCOPES, ApiToken

__all__ = [
    "SCOPES",
    "ApiToken",
    "Client",
    "ClientGroup",
    "Invitation",
    "MailChoice",
    "Membership",
    "TotpStep",
    "User",
]
