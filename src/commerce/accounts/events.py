"""What happens to clients and their API tokens: ids only."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ClientChanged:
    """A detail, custom field, state, group or switch of a client is another now."""

    client_id: int


@dataclass(frozen=True, slots=True)
class ApiTokenCreated:
    """A client has a new API token."""

    token_id: int


@dataclass(frozen=True, slots=True)
class ApiTokenRevoked:
    """A live API token was ended before its time; one that expires is not."""

    token_id: int
