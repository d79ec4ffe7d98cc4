"""Users, clients, memberships, invitations, API tokens and custom fields. Import the models from here."""

from commerce.accounts.models.custom_fields import CustomField, CustomValue
from commerce.accounts.models.people import (
    Client,
    ClientGroup,
    Invitation,
    MailChoice,
    Membership,
    TotpStep,
    User,
)
from commerce.accounts.models.tokens import SCOPES, ApiToken, TokenNetwork, TokenRequests

__all__ = [
    "SCOPES",
    "ApiToken",
    "Client",
    "ClientGroup",
    "CustomField",
    "CustomValue",
    "Invitation",
    "MailChoice",
    "Membership",
    "TokenNetwork",
    "TokenRequests",
    "TotpStep",
    "User",
]
