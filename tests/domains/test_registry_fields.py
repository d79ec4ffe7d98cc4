"""What registries ask for beside the contacts: fields of a TLD, how they are filled in, and where they go."""

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from commerce.cli.root import commerce
from commerce.domains.actions.tlds import import_tlds, set_tld, set_tld_price
from commerce.domains.models import Tld
from commerce.domains.offers import price_list_rows
from commerce.domains.price_lists import format_price_list
from commerce.domains.registrars.known_fields import known_registry_fields, lacks_registry_fields
from commerce.domains.registrars.registry_fields import checked_registry_fields, filled_in
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from tests import make
from tests.make.browser import HttpsTestClient
from tests.make.nameservers import give_nameservers
from tests.make.staff import make_staff, staff_browser
from tests.make.staff_pages import open_form, send, text_of

CTX = Context(make.AT, SYSTEM)
FIELDS = [
    {
        "name": "nexus",
        "label": "Eligibility",
        "type": "choice",
        "required": True,
        "options": [["C11", "Citizen"], ["C31", "Foreign"]],
    },
    {
        "name": "country",
        "label": "Country",
        "type": "country",
        "required": True,
        "needed_if": ["nexus", ["C31"]],
    },
    {"name": "born", "label": "Born", "type": "date", "required": False},
    {"name": "agreed", "label": "Agreed", "type": "tick", "required": True, "options": ["Y"]},
    {"name": "version", "type": "fixed", "options": ["2.0"]},
]
GOOD = {"nexus": "C11", "agreed": "yes"}


def test_the_registrar_is_told_what_is_needed_in_its_own_words() -> None:
    fields = checked_registry_fields(FIELDS)
    assert filled_in(fields, GOOD) == {"nexus": "C11", "agreed": "Y", "version": "2.0"}
    foreign = GOOD | {"nexus": "C31", "country": "CH", "born": "1990-02-28"}
    assert filled_in(fields, foreign) == {**foreign, "agreed": "Y", "version": "2.0"}
    assert "country" not in filled_in(fields, GOOD | {"country": "CH"})
    assert filled_in(fields, filled_in(fields, GOOD)) == filled_in(fields, GOOD)
    # what somebody else asks for, such as the language of a name, goes along
    assert filled_in([], {"IdnCode": "ger"}) == {"IdnCode": "ger"}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"nexus": ""}, "Enter Eligibility"),
        ({"nexus": "C99"}, "Check Eligibility"),
        ({"nexus": "C31"}, "Enter Country"),
        ({"nexus": "C31", "country": "XX"}, "Check Country"),
        ({"born": "28.02.1990"}, "Check Born"),
        ({"born": "2026-02-30"}, "Check Born"),
        ({"agreed": ""}, "Enter Agreed"),
        ({"agreed": "no"}, "Check Agreed"),
    ],
)
def test_what_a_registry_would_refuse_is_refused_before(wrong: dict[str, str], says: str) -> None:
    with pytest.raises(BusinessError, match=says):
        filled_in(checked_registry_fields(FIELDS), GOOD | wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        [{"name": ""}],
        [{"name": "a b"}],
        ["nexus"],
        [{"name": "a", "type": "file"}],
        [{"name": "a", "type": "choice"}],
        [{"name": "a", "type": "fixed", "options": ["1", "2"]}],
        [{"name": "a"}, {"name": "a"}],
        [{"name": "a", "needed_if": ["b", ["1"]]}],
        [{"name": f"n{number}"} for number in range(21)],
    ],
)
def test_fields_that_nobody_could_fill_in_are_not_kept(wrong: list[Any]) -> None:
    with pytest.raises(BusinessError):
        checked_registry_fields(wrong)


def sell(**over: Any) -> Tld:
    give_nameservers()
    row = set_tld(tld="us", **over, ctx=CTX)
    set_tld_price(tld=row, currency_code="EUR", register=1000, ctx=CTX)
    return row


@pytest.mark.django_db
def test_the_price_list_has_them_and_takes_them_back() -> None:
    sell(extra_fields=FIELDS)
    text = format_price_list(price_list_rows())
    kept = Tld.objects.get().extra_fields
    assert not import_tlds(text=text, ctx=CTX)
    set_tld(tld="us", extra_fields=[], ctx=CTX)
    (change,) = import_tlds(text=text, ctx=CTX)
    assert (change.column, json.loads(change.after)) == ("extra_fields", kept)
    assert Tld.objects.get().extra_fields == kept
    with pytest.raises(BusinessError, match="Line 2, column extra_fields"):
        import_tlds(text="tld,currency,extra_fields\nus,EUR,nexus\n", ctx=CTX)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("registrar", "tld", "names"),
    [
        ("namecheap", "us", ["RegistrantNexus", "RegistrantNexusCountry", "RegistrantPurpose"]),
        ("opensrs", "ca", ["legal_type", "lang_pref", "isa_trademark"]),
        ("manual", "us", []),
    ],
)
def test_what_is_known_is_proposed_by_tld_and_registrar(
    registrar: str, tld: str, names: list[str]
) -> None:
    give_nameservers()
    row = set_tld(tld=tld, registrar=registrar, ctx=CTX)
    assert [one["name"] for one in known_registry_fields(tld)] == names
    assert lacks_registry_fields(row) is bool(names)


@pytest.mark.django_db
def test_staff_take_over_what_is_proposed_and_change_it() -> None:
    row = sell(registrar="namecheap")
    web: HttpsTestClient = staff_browser(make_staff("admin"))
    page, path = f"/admin/tlds/{row.pk}", f"/admin/tlds/{row.pk}/fields"
    assert "is known to require more" in text_of(web.get(page))
    assert open_form(web, path)["name-0"] == "RegistrantNexus"
    assert "C11 = U.S. citizen" in open_form(web, path)["options-0"]
    assert send(web, path, **{"label-2": "What for"}).status_code == 303
    row.refresh_from_db()
    assert [one["label"] for one in row.extra_fields][2] == "What for"
    assert row.extra_fields[1]["needed_if"] == ["RegistrantNexus", ["C31", "C32"]]
    assert "What for" in text_of(web.get(page))
    assert send(web, path, **{"name-1": "", "type-2": "choice", "options-2": ""}).status_code == 422
    assert send(web, path, **{"name-1": ""}).status_code == 303
    row.refresh_from_db()
    assert [one["name"] for one in row.extra_fields] == ["RegistrantNexus", "RegistrantPurpose"]
    assert staff_browser(make_staff("billing")).get(path).status_code == 403


def invoke(*words: str) -> Result:
    return CliRunner().invoke(commerce, words)


@pytest.mark.django_db
def test_commands_set_list_propose_and_remove_them() -> None:
    sell(registrar="namecheap")
    assert "RegistrantPurpose" in invoke("tld", "field", "list", "us").output
    assert invoke("tld", "field", "propose", "us").exit_code == 0
    assert len(Tld.objects.get().extra_fields) == 3
    invoke("tld", "field", "remove", "us", "RegistrantNexusCountry")
    made = ("--type", "choice", "--choice", "a=Apple", "--choice", "b", "--label", "Fruit")
    assert invoke("tld", "field", "set", "us", "fruit", *made).exit_code == 0
    field = Tld.objects.get().extra_fields[2]
    assert (field["label"], field["options"]) == ("Fruit", [["a", "Apple"], ["b", "b"]])
    assert invoke("tld", "field", "set", "us", "fruit", "--optional").exit_code == 0
    assert Tld.objects.get().extra_fields[2]["type"] == "text"
    assert "no registry field" in invoke("tld", "field", "remove", "us", "x").output
