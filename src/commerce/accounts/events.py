"""What happens to clients and their API tokens: ids only."""

from msgspec import Struct


class ClientChanged(Struct, frozen=True):
    """A detail, custom field, state, group or switch of a client is another now."""

    client_id: int


class ApiTokenCreated(Struct, frozen=True):
    """A client has a new API token."""

    token_id: int


class ApiTokenRevoked(Struct, frozen=True):
    """A live API token was ended before its time; one that expires is not."""

    token_id: int
