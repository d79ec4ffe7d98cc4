"""Rights, networks, masks, custom values, tax numbers and lives of sessions, to the unit (accounts.md 1 to 9)."""

from datetime import timedelta

import pytest

from commerce.accounts import rules
from commerce.kit.errors import BusinessError, PermissionDenied

ALL = [
    *("profile.view", "profile.manage", "members.manage", "services.view", "services.manage"),
    *("invoices.view", "invoices.pay", "orders.view", "orders.place", "domains.view"),
    *("domains.manage", "tickets.view", "tickets.write", "tokens.manage", "data.export"),
]
BILLING = [
    *("profile.view", "profile.manage", "services.view", "invoices.view", "invoices.pay"),
    *("orders.view", "orders.place", "domains.view", "tickets.view", "tickets.write"),
]
TECHNICAL = [
    *("profile.view", "services.view", "services.manage", "orders.view", "domains.view"),
    *("domains.manage", "tickets.view", "tickets.write", "tokens.manage"),
]
EVERY = frozenset(ALL)


def test_what_each_role_starts_with() -> None:
    assert rules.role_preset("owner") == ALL
    assert rules.role_preset("billing") == BILLING
    assert rules.role_preset("technical") == TECHNICAL


def test_nobody_but_an_owner_has_an_owners_right() -> None:
    ticked = ["profile.view", "members.manage", "data.export", "made.up"]
    assert rules.rights_of("owner", []) == EVERY
    assert rules.rights_of("billing", ticked) == {"profile.view"}


def test_an_owner_gives_what_he_ticks_in_the_order_of_the_table() -> None:
    assert rules.rights_to_grant("owner", [], grantable=EVERY) == ALL
    ticked = ["orders.view", "profile.view"]
    assert rules.rights_to_grant("billing", ticked, grantable=EVERY) == [
        "profile.view",
        "orders.view",
    ]
    assert rules.rights_to_grant("technical", ticked, grantable=frozenset(ticked)) == ticked[::-1]


@pytest.mark.parametrize(
    ("role", "ticked", "field", "says"),
    [
        ("staff", ["profile.view"], "role", "Select a role from the list."),
        ("billing", ["made.up"], "rights", "Select permissions from the list."),
        (
            "billing",
            ["members.manage"],
            "rights",
            "Only owners can have these permissions: members.manage.",
        ),
        ("technical", [], "rights", "Select at least one permission."),
    ],
)
def test_what_cannot_be_given(role: str, ticked: list[str], field: str, says: str) -> None:
    with pytest.raises(BusinessError) as refused:
        rules.rights_to_grant(role, ticked, grantable=EVERY)
    assert (refused.value.field, str(refused.value)) == (field, says)


def test_nobody_gives_what_he_lacks() -> None:
    with pytest.raises(PermissionDenied) as lacking:
        rules.rights_to_grant(
            "billing", ["profile.view", "orders.view"], grantable=frozenset({"orders.view"})
        )
    assert lacking.value.right == "profile.view"
    with pytest.raises(PermissionDenied):
        rules.rights_to_grant("owner", [], grantable=EVERY - {"data.export"})


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("", ""),
        ("here", ""),
    ],
)
def test_the_network_of_a_use(address: str, network: str) -> None:
    assert rules.network_of_address(address) == network


def test_the_life_of_a_token_in_lists() -> None:
    assert rules.TOKEN_LISTED_AFTER_END == rules.NETWORK_KNOWN_FOR == timedelta(days=90)
    assert rules.TOKEN_REQUEST_DAYS == 30


def test_the_mails_that_a_member_may_switch() -> None:
    assert rules.SELECTABLE_MAIL_GROUPS == {
        "billing": ("invoices.view", False),
        "services": ("services.view", True),
        "domains": ("domains.view", True),
    }
    assert rules.custom_field_key(7) == "custom-7"


@pytest.mark.parametrize(
    ("email", "shown"),
    [("alice@example.com", "a•••@example.com"), ('"a@b"@example.com', '"•••@example.com')],
)
def test_an_address_that_only_its_owner_recognises(email: str, shown: str) -> None:
    assert rules.mask_email(email) == shown


def test_a_tax_number_has_neither_blanks_nor_dots() -> None:
    assert rules.normalize_client_value("tax_id", " de 123.456.789 ") == "DE123456789"
    assert rules.normalize_client_value("company", " A.  Smith & Co. ") == "A. Smith & Co."


def test_what_an_address_needs() -> None:
    assert rules.required_address_fields("DE", uses_states=False) == (
        *("address1", "postcode", "city", "country"),
    )
    assert rules.required_address_fields("AE", uses_states=True) == (
        *("address1", "city", "state", "country"),
    )


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        ("checkbox", "", ""),
        ("checkbox", "No", ""),
        ("checkbox", "YES", "yes"),
        ("checkbox", "on", None),
        ("dropdown", "", ""),
        ("dropdown", "b", "b"),
        ("dropdown", "c", None),
        ("date", "", ""),
        ("date", "2028-02-29", "2028-02-29"),
        ("date", "2027-02-29", None),
        ("date", "2028-2-29", None),
        ("date", "20280229", None),
        ("text", "x" * 255, "x" * 255),
        ("text", "x" * 256, None),
        ("text", " a\n b ", "a b"),
        ("textarea", "x" * 2000, "x" * 2000),
        ("textarea", "x" * 2001, None),
        ("textarea", "a\nb", "a\nb"),
    ],
)
def test_what_is_kept_of_a_custom_field(kind: str, typed: str, kept: str | None) -> None:
    assert rules.parse_custom_value(kind, ["a", "b"], typed) == kept


def test_the_moves_of_clients_invitations_and_tokens() -> None:
    assert {
        "active": {"suspended", "closed"},
        "suspended": {"active", "closed"},
        "closed": {"active"},
    } == rules.CLIENT_MOVES
    assert {"open": {"accepted", "declined", "withdrawn", "expired"}} == rules.INVITATION_MOVES
    assert {"live": {"revoked", "expired"}} == rules.TOKEN_MOVES


HOUR, DAY = 3600, 86400


@pytest.mark.parametrize(
    ("age", "idle", "stays", "ended"),
    [
        (12 * HOUR - 1, 0, False, False),
        (12 * HOUR, 0, False, True),
        (HOUR, HOUR - 1, False, False),
        (HOUR, HOUR, False, True),
        (30 * DAY - 1, 30 * DAY - 1, True, False),
        (30 * DAY, 0, True, True),
    ],
)
def test_when_a_session_ends_by_itself(age: int, idle: int, *, stays: bool, ended: bool) -> None:
    now = 100 * DAY
    seen = now - idle
    assert ended is rules.session_has_ended(
        started=now - age, last_used=seen, now=now, remember=stays, idle_minutes=60
    )
