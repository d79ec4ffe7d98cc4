"""What staff find records by is written with them (backoffice.md 3, decision 171)."""

import pytest

from commerce.accounts.models import Client, SearchKey, User
from commerce.billing.invoices.actions.issuing import issue_invoice
from commerce.hosting.models import Server
from commerce.proof.check import ProofTime
from commerce.proof.checks.search_keys import CHECKS
from commerce.record_search_keys import fill_search_keys
from tests import make
from tests.make.cards import CTX
from tests.make.company import PROOF_AT

pytestmark = pytest.mark.django_db


def keys(kind: str, pk: int, field: str) -> list[str]:
    found = SearchKey.objects.filter(record_kind=kind, record_id=pk, field=field)
    return sorted(found.values_list("key", flat=True))


def test_a_name_is_kept_by_its_folded_words() -> None:
    client = make.make_client(
        first_name="Jürgen", last_name="Mu\u0308ßig-Łoś", company='Bäckerei "Groß" & Ølsen\\'
    )
    assert keys("client", client.pk, "name") == sorted(
        "jurgen mussig los backerei gross olsen".split()
    )
    Client.objects.filter(pk=client.pk).update(last_name="ЩУКА Ærø", first_name="Σ", company="Ạn")
    assert keys("client", client.pk, "name") == sorted("щука aero σ an".split())
    Client.objects.filter(pk=client.pk).update(first_name="\t", last_name="", company="'\"")
    assert keys("client", client.pk, "name") == []


def test_numbers_and_phones_are_kept_from_their_end() -> None:
    client = make.make_client(
        phone="+49 (0)30 / 123-45", tax_id="DE 129.273.398", email="Jane@Acme.example"
    )
    invoice = make.make_invoice(client)
    assert keys("client", client.pk, "phone") == ["543210394"]
    assert keys("client", client.pk, "tax_id") == ["893372921ed"]
    assert keys("client", client.pk, "email") == ["acme.example", "jane@acme.example"]
    assert keys("invoice", invoice.pk, "number") == [str(invoice.number).lower()[::-1]]
    order = make.make_order(client)
    assert keys("order", order.pk, "number") == [order.number.lower()[::-1]]
    assert keys("invoice", invoice.pk, "amount") == [f"{invoice.total}{invoice.currency_id}"]


def test_a_member_is_found_by_the_new_name_alone() -> None:
    user = make.make_user("bob@example.com", first_name="Bob", last_name="Jones")
    client = make.make_client(owner=user)
    User.objects.filter(pk=user.pk).update(email="rob@example.org", first_name="Rob")
    member = client.memberships.get()
    assert keys("member", member.pk, "name") == ["jones", "rob"]
    assert keys("member", member.pk, "email") == ["example.org", "rob@example.org"]


def test_a_change_writes_the_keys_of_what_changed_alone() -> None:
    client, server = make.make_client(), make.make_server()
    invoice = make.make_invoice(client, "draft")
    kept = SearchKey.objects.filter(record_kind="client").exclude(field="name")
    before = sorted(kept.values_list("pk"))
    Client.objects.filter(pk=client.pk).update(last_name="Other")
    assert sorted(kept.values_list("pk")) == before != []
    Server.objects.filter(pk=server.pk).update(
        hostname="n9.example.net"
    )  # its name has the same field
    assert keys("invoice", invoice.pk, "amount") == []
    issue_invoice(invoice=invoice, vat_refresh=None, ctx=CTX)
    assert keys("invoice", invoice.pk, "amount") != []
    assert check_ids() == []


def test_what_was_there_before_is_filled_in() -> None:
    client = make.make_client(owner=make.make_user("bob@example.com"))
    make.make_invoice(client)
    make.make_service(client, domain="example.com")
    before = sorted(SearchKey.objects.values_list("record_kind", "record_id", "field", "key"))
    fill_search_keys()
    SearchKey.objects.exclude(record_kind="invoice").delete()
    fill_search_keys()
    assert (
        sorted(SearchKey.objects.values_list("record_kind", "record_id", "field", "key")) == before
    )


def test_a_key_too_many_and_one_too_few_are_told() -> None:
    client = make.make_client(phone="117 4960123")
    assert check_ids() == []
    SearchKey.objects.filter(field="phone").update(key="1")
    assert check_ids() == [client.pk, client.pk]


def check_ids() -> list[int]:
    check = next(one for one in CHECKS if one.name == "M13-search")
    found = check.run(check, ProofTime(PROOF_AT, PROOF_AT.date()), 9)
    return [violation.record[1] for violation in found.violations]
