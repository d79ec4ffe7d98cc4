"""Users, clients and memberships for tests, made through the actions."""

from datetime import UTC, datetime
from itertools import count

from commerce.accounts.actions.clients import create_client
from commerce.accounts.actions.custom_fields import create_custom_field
from commerce.accounts.actions.users import create_user
from commerce.accounts.models import Client, CustomField, Membership, User
from commerce.accounts.rules import role_preset
from commerce.kit.context import SYSTEM, Actor, Context

AT = datetime(2026, 4, 8, 14, 33, 10, tzinfo=UTC)
"""When everything in these tests happens, unless they say otherwise."""

PASSWORD = "correct-horse-battery"

_number = count(1)


def make_user(email: str = "", **over: object) -> User:
    """A user with a proven address and ``PASSWORD``; his first name comes from the address."""
    email = email or f"person{next(_number)}@example.com"
    values = {
        "password": PASSWORD,
        "first_name": email.partition("@")[0].title(),
        "last_name": "Example",
        "verified": True,
    }
    return create_user(email=email, ctx=Context(AT, SYSTEM), **(values | over))


def make_client(*, owner: User | str | None = "", **over: object) -> Client:
    """An active client; its owner is a user, the address of a new one, or nobody."""
    if isinstance(owner, str):
        owner = make_user(owner)
    values = {
        "first_name": "Jane",
        "last_name": "Smith",
        "email": "billing@example.com",
        "address1": "1 Main Street",
        "postcode": "10115",
        "city": "Berlin",
        "country": "DE",
        "currency_code": "EUR",
    }
    return create_client(owner=owner, ctx=Context(AT, SYSTEM), **(values | over))


def make_member(
    client: Client, email: str = "", role: str = "billing", **over: object
) -> Membership:
    """One more member of a client, a new user unless ``user`` is given, with his role's usual rights."""
    values = {"user": over.pop("user", None) or make_user(email), "rights": role_preset(role)}
    return Membership.objects.create(client=client, role=role, created_at=AT, **(values | over))


def make_custom_field(name: str = "", **over: object) -> CustomField:
    """A custom field for a line of text that clients may fill in on their profile."""
    name = name or f"Field {next(_number)}"
    return create_custom_field(name=name, ctx=Context(AT, SYSTEM), **({"type": "text"} | over))


def as_member(user: User) -> Actor:
    """The actor that a door makes of a signed-in user."""
    return Actor("member", user.pk, user.email, "203.0.113.9", "request-1")
