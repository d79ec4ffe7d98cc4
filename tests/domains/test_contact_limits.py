"""What a registrar would refuse of a contact is said before anybody pays, with the field and its limit."""

from typing import Any

import pytest

from commerce.domains.actions.changes import request_contacts
from commerce.domains.models import Domain
from commerce.domains.registrants import check_contact_fits, missing_registrant_fields
from commerce.domains.registrars.ascii_forms import ascii_form
from commerce.domains.registrars.contract import ContactLimits
from commerce.domains.registrars.registry import REGISTRAR_CLASSES, contact_limits_of
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from tests import make
from tests.make.registrants import REGISTRANT

CTX = Context(make.AT, SYSTEM)


@pytest.mark.parametrize(
    ("slug", "changes", "said"),
    [
        ("epp", {"phone": "+1.123456789012345"}, "2 to 14 digits"),
        ("epp", {"phone": "+1.12345678901234"}, ""),
        ("epp", {"phone": "+497.1234567890123"}, "2 to 12 digits"),
        ("epp", {"phone": "+497.123456789012"}, ""),
        ("epp", {"postcode": "1" * 17}, "16 characters: Postal code"),
        ("epp", {"address1": "x" * 200}, ""),
        ("opensrs", {"postcode": "1" * 20}, "16 characters: Postal code"),
        ("resellerclub", {"phone": "+49.123"}, "4 to 12 digits"),
        ("resellerclub", {"phone": "+49.1234567890123"}, "4 to 12 digits"),
        ("resellerclub", {"address1": "x" * 65}, "64 characters: Address"),
        ("resellerclub", {"address2": "x" * 65}, "64 characters: Address line 2"),
        ("resellerclub", {"city": "x" * 65}, "64 characters: City"),
        ("resellerclub", {"postcode": "1" * 11}, "10 characters: Postal code"),
        ("namecheap", {"city": "x" * 51}, "50 characters: City"),
        ("of-a-former-release", {"postcode": "1" * 17}, "16 characters: Postal code"),
    ],
)
def test_each_registrar_has_limits_of_its_own(
    slug: str, changes: dict[str, str], said: str
) -> None:
    contact = REGISTRANT | changes
    assert missing_registrant_fields(contact) == []  # the form of all takes it
    if not said:
        check_contact_fits(contact, contact_limits_of(slug))
        return
    with pytest.raises(BusinessError) as refused:
        check_contact_fits(contact, contact_limits_of(slug))
    assert said in str(refused.value)
    assert refused.value.field in changes


def test_no_registrar_is_without_limits() -> None:
    for adapter in REGISTRAR_CLASSES.values():
        assert isinstance(adapter.contact_limits, ContactLimits)
        assert adapter.contact_limits.lengths


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["registrant", "tech"])
def test_contacts_are_not_changed_to_what_the_registrar_refuses(role: str) -> None:
    domain = make.make_domain(registrant=REGISTRANT)
    Domain.objects.filter(pk=domain.pk).update(registrar="resellerclub")
    domain.refresh_from_db()
    long: dict[str, Any] = {role: REGISTRANT | {"city": "x" * 65}}
    with pytest.raises(BusinessError, match="64 characters: City") as refused:
        request_contacts(domain=domain, contacts={"registrant": REGISTRANT} | long, ctx=CTX)
    assert refused.value.field == f"{role}_city"


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Main Street 1", "Main Street 1"),
        ("Jürgen Groß", "Juergen Gross"),
        ("ÖBB Ærø Ångström", "OeBB Aeroe Aangstroem"),
        ("Łódź, Đặng, Ñandú", "Lodz, Dang, Nandu"),
        ("Müller", "Mueller"),
        ("İstanbul’da ılık", "Istanbul'da ilik"),
        ("Москва", None),
        ("東京", None),
        ("Ελλάδα", None),
    ],
)
def test_letters_with_marks_are_written_without(text: str, plain: str | None) -> None:
    assert ascii_form(text) == plain
