"""Users, clients, members, invitations, staff, API tokens, custom fields, tags, notes. Import the models from here."""

from commerce.accounts.models.bindings import ApiTokenBinding
from commerce.accounts.models.bulk_actions import BulkAction, BulkItem
from commerce.accounts.models.clients_and_users import (
    Client,
    ClientGroup,
    Invitation,
    MailPreference,
    Membership,
    TotpStep,
    User,
)
from commerce.accounts.models.custom_fields import CustomField, CustomValue
from commerce.accounts.models.data_exports import DataExport
from commerce.accounts.models.erasures import Erasure
from commerce.accounts.models.idempotency import IdempotentReply
from commerce.accounts.models.metadata import RecordMetadata
from commerce.accounts.models.open_work import OpenWorkMark
from commerce.accounts.models.operations import ApiOperation
from commerce.accounts.models.saved_views import SavedView
from commerce.accounts.models.search_keys import SearchKey
from commerce.accounts.models.spending import SpendingLimit, TokenCommitment
from commerce.accounts.models.staff import (
    ListExport,
    MachineAccount,
    Staff,
    StaffFormKey,
    StaffMailChoice,
)
from commerce.accounts.models.staff_roles import StaffRole
from commerce.accounts.models.staff_tokens import StaffToken, StaffTokenWrite
from commerce.accounts.models.tags_and_notes import ClientNote, ClientTag, TaggedClient
from commerce.accounts.models.token_writes import ApiTokenWrite
from commerce.accounts.models.tokens import (
    BINDABLE,
    READING_SCOPES,
    SCOPES,
    ApiToken,
    ApiTokenSecret,
    TokenDailyRequests,
    TokenNetwork,
)

__all__ = [
    "BINDABLE",
    "READING_SCOPES",
    "SCOPES",
    "ApiOperation",
    "ApiToken",
    "ApiTokenBinding",
    "ApiTokenSecret",
    "ApiTokenWrite",
    "BulkAction",
    "BulkItem",
    "Client",
    "ClientGroup",
    "ClientNote",
    "ClientTag",
    "CustomField",
    "CustomValue",
    "DataExport",
    "Erasure",
    "IdempotentReply",
    "Invitation",
    "ListExport",
    "MachineAccount",
    "MailPreference",
    "Membership",
    "OpenWorkMark",
    "RecordMetadata",
    "SavedView",
    "SearchKey",
    "SpendingLimit",
    "Staff",
    "StaffFormKey",
    "StaffMailChoice",
    "StaffRole",
    "StaffToken",
    "StaffTokenWrite",
    "TaggedClient",
    "TokenCommitment",
    "TokenDailyRequests",
    "TokenNetwork",
    "TotpStep",
    "User",
]
