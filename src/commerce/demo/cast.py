"""The people of the demo, and the clients that they act for."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.hashers import make_password

from commerce.accounts.actions.clients import create_client
from commerce.accounts.actions.members import add_member
from commerce.accounts.actions.users import save_new_user
from commerce.accounts.models import Client, User
from commerce.accounts.rules import MemberRole
from commerce.billing.invoices.rules import LineTax
from commerce.kit.context import SYSTEM, Actor, Context

PASSWORD = "demo-demo-demo"
"""For all of them; shown on the sign-in page of a demo installation."""

UK_VAT = LineTax("S", 20000, "VAT")
NEW_YORK_TAX = LineTax("S", 8875, "Sales tax")
REVERSE_CHARGE = LineTax("AE", 0, "VAT", "Reverse charge")


@dataclass(frozen=True, slots=True)
class DemoCast:
    """Alice and Bob act for ``acme``; each of the others for a client of their own."""

    alice: User
    bob: User
    charlie: User
    dora: User
    erik: User
    frida: User
    acme: Client
    weber: Client
    lindqvist: Client
    jensen: Client
    nordlys: Client

    @property
    def client_ids(self) -> list[int]:
        """All clients of the demo."""
        clients = (self.acme, self.weber, self.lindqvist, self.jensen, self.nordlys)
        return [client.pk for client in clients]


def member_actor(user: User) -> Actor:
    """A member who acts in the portal."""
    return Actor("member", user.pk, user.email, "203.0.113.24")


def create_cast(at: datetime) -> DemoCast:
    """Everybody registers, with a proven e-mail and the demo password."""
    hashed = make_password(PASSWORD)  # once: it takes 0.3 s
    alice = _user("alice@example.com", "Alice", "Smith", hashed, at)
    bob = _user("bob@example.com", "Bob", "Miller", hashed, at)
    charlie = _user("charlie@example.com", "Charlie", "Weber", hashed, at)
    dora = _user("dora@example.com", "Dora", "Lindqvist", hashed, at)
    erik = _user("erik@example.com", "Erik", "Jensen", hashed, at)
    frida = _user("frida@example.com", "Frida", "Lund", hashed, at)
    acme = _acme(alice, at)
    add_member(client=acme, user=bob, role=MemberRole.BILLING, ctx=Context(at, SYSTEM))
    return DemoCast(
        alice,
        bob,
        charlie,
        dora,
        erik,
        frida,
        acme,
        _weber(charlie, at),
        _lindqvist(dora, at),
        _jensen(erik, at),
        _nordlys(frida, at),
    )


def _acme(alice: User, at: datetime) -> Client:
    return create_client(
        owner=alice,
        first_name="Jane",
        last_name="Smith",
        company="Acme Hosting Ltd",
        email="alice@example.com",
        phone="+44 117 496 0123",
        address1="12 Welsh Back",
        address2="Second floor",
        city="Bristol",
        postcode="BS1 4RR",
        country="GB",
        currency_code="USD",
        tax_id="GB123456789",
        ctx=Context(at, member_actor(alice)),
    )


def _weber(charlie: User, at: datetime) -> Client:
    return create_client(
        owner=charlie,
        first_name="Charlie",
        last_name="Weber",
        company="Weber Media GmbH",
        email="charlie@example.com",
        phone="+49 30 23125 042",
        address1="Uferstraße 8",
        city="Berlin",
        postcode="13357",
        country="DE",
        currency_code="EUR",
        tax_id="DE123456788",
        ctx=Context(at, member_actor(charlie)),
    )


def _lindqvist(dora: User, at: datetime) -> Client:
    return create_client(
        owner=dora,
        first_name="Dora",
        last_name="Lindqvist",
        company="Lindqvist Design AB",
        email="dora@example.com",
        address1="Skeppsbron 20",
        city="Stockholm",
        postcode="111 30",
        country="SE",
        currency_code="EUR",
        tax_id="SE556677889901",
        ctx=Context(at, member_actor(dora)),
    )


def _jensen(erik: User, at: datetime) -> Client:
    return create_client(
        owner=erik,
        first_name="Erik",
        last_name="Jensen",
        email="erik@example.com",
        phone="+1 212 555 0187",
        address1="85 Broad Street",
        city="New York",
        state="NY",
        postcode="10004",
        country="US",
        currency_code="USD",
        ctx=Context(at, member_actor(erik)),
    )


def _nordlys(frida: User, at: datetime) -> Client:
    return create_client(
        owner=frida,
        first_name="Frida",
        last_name="Lund",
        company="Nordlys Sailing Club",
        email="frida@example.com",
        address1="11 East Pier",
        city="Howth",
        postcode="D13 A0N4",
        country="IE",
        currency_code="EUR",
        ctx=Context(at, member_actor(frida)),
    )


def _user(email: str, first_name: str, last_name: str, hashed: str, at: datetime) -> User:
    user = User(
        email=email,
        first_name=first_name,
        last_name=last_name,
        locale="en",
        created_at=at,
        email_verified_at=at,
        password=hashed,
    )
    save_new_user(user=user, ctx=Context(at, SYSTEM))
    return user
