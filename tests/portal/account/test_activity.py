"""`/client/activity`: who did what, when and from where, in words (accounts.md 8)."""

import csv
import io
import re
from collections.abc import Iterable

import pytest
from pytest_django import DjangoAssertNumQueries

from commerce.accounts import rules as accounts
from commerce.accounts.actions.clients import suspend_client
from commerce.accounts.data_export.rules import EXPORT_MOVES
from commerce.accounts.erasure.rules import ERASURE_MOVES
from commerce.accounts.models import Membership
from commerce.accounts.models.metadata import METADATA_KINDS
from commerce.audit.actions import write_audit_entry
from commerce.audit.states import AllowedMoves
from commerce.billing.changes.cancellations.rules import CANCELLATION_MOVES
from commerce.billing.changes.plan_changes.rules import PLAN_CHANGE_MOVES
from commerce.billing.invoices.rules import INVOICE_MOVES, INVOICE_REVERSAL_MOVES
from commerce.consumers.rules import STATEMENT_MOVES
from commerce.dns import rules as zones
from commerce.domains import rules as domains
from commerce.hosting import rules as hosting
from commerce.kit.context import SYSTEM, Actor, Context
from commerce.orders import rules as orders
from commerce.payments import rules as payments
from commerce.portal.account import activity
from commerce.portal.account.history_labels import KIND_BY_NOUN, RIGHT_BY_KIND
from commerce.presentation.client_actions import CLIENT_ACTION_LABELS
from commerce.presentation.labels import STATUS_LABELS
from commerce.webhook_endpoints.rules import ENDPOINT_MOVES
from tests.audit.expected_entries import EXPECTED
from tests.house.source import PACKAGE
from tests.house.test_error_codes import texts
from tests.make.people import AT
from tests.make.records import make_invoice, make_service
from tests.portal.conftest import PortalCast

PATH = "/client/activity"

MOVES: list[tuple[str, AllowedMoves]] = [
    ("client", accounts.CLIENT_MOVES),
    ("data_export", EXPORT_MOVES),
    ("erasure", ERASURE_MOVES),
    ("invitation", accounts.INVITATION_MOVES),
    ("api_token", accounts.TOKEN_MOVES),
    ("service", hosting.SERVICE_MOVES),
    ("service", hosting.SERVICE_OVERRIDE_MOVES),
    ("cancellation_request", CANCELLATION_MOVES),
    ("plan_change", PLAN_CHANGE_MOVES),
    ("consumer_statement", STATEMENT_MOVES),
    ("invoice", INVOICE_MOVES),
    ("invoice", INVOICE_REVERSAL_MOVES),
    ("payment", payments.PAYMENT_MOVES),
    ("order", orders.ORDER_MOVES),
    ("sales_quote", orders.QUOTE_MOVES),
    ("domain", domains.DOMAIN_MOVES),
    ("domain", domains.DOMAIN_OVERRIDE_MOVES),
    ("zone", zones.ZONE_MOVES),
    ("zone", zones.DNSSEC_MOVES),
    ("webhook_endpoint", ENDPOINT_MOVES),
]
STAFF_ONLY = {
    *("client.api_rate_set", "client.api_write_rate_set"),
    *("client.dunning_off", "client.dunning_on", "client.exempted"),
    *("client.exemption_ended", "client.group_set", "client.services_suspended"),
    *("client.tags_set", "domain.noted", "erasure.records_erased", "service.noted"),
    *("domain.code_revealed", "invoice.drafted", "invoice.released", "invoice.stopped"),
    *("service.paid_elsewhere", "consumer_statement.tied"),
    "zone.published_again",
    *("order.activated_unpaid", "order.held", "order.noted", "order.price_agreed"),
    "order.discount_agreed",
    *(f"sales_quote.{one}" for one in ("drafted", "changed", "client_set", "deleted")),
}
"""Actions whose entries no client reads."""

JOBS = {"client.check_vat", "data_export.make"}


def written_in_the_source() -> Iterable[str]:
    """What files that write entries name: a whole action, or the verb that a function puts behind a noun."""
    nouns = "|".join(KIND_BY_NOUN)
    for file in PACKAGE.rglob("*.py"):
        text = re.sub(r'@act\(\s*"[^"]+"', "", file.read_text())  # the key of an act is none
        if "write_audit_entry(" in text or "note_endpoint(" in text:
            yield from re.findall(rf'"((?:{nouns})\.[a-z_]+)"', text)
        for noun, verb in re.findall(r'\bupdate_(service|domain)\(\s*\w+,\s*"(\w+)"', text):
            yield f"{noun}.{verb}"
        for noun in re.findall(rf'action=f"({nouns})\.\{{verb\}}"', text):
            verbs = re.findall(
                r'\bverb = (.*)|(?:_update_locked\([^")]*|_record\(row, )"(\w+)"', text
            )
            for verb in re.findall(
                r'"(\w+)"', " ".join(f'{one} "{other}"' for one, other in verbs)
            ):
                yield f"{noun}.{verb}"


def test_every_action_that_a_client_reads_of_has_words() -> None:
    moved = {f"{noun}.{to}" for noun, table in MOVES for found in table.values() for to in found}
    expected = {
        line.split()[0] for lines in EXPECTED.values() for line in lines if " staff" not in line
    }
    expected = {action for action in expected if action.partition(".")[0] in KIND_BY_NOUN}
    written = set(written_in_the_source()) - {code for code, _, _ in texts()}
    written |= {f"{kind}.metadata_changed" for kind in METADATA_KINDS}
    assert len(written) > 30
    assert (moved | expected | written) - STAFF_ONLY - JOBS == CLIENT_ACTION_LABELS.keys() - {
        "invoice.issued"
    }


def test_each_kind_has_a_filter_and_a_right() -> None:
    assert {action.partition(".")[0] for action in CLIENT_ACTION_LABELS} == KIND_BY_NOUN.keys()
    assert set(KIND_BY_NOUN.values()) == RIGHT_BY_KIND.keys() == STATUS_LABELS["activity"].keys()


def rows(page: str) -> list[list[str]]:
    """The cells of each row, without markup."""
    found = re.findall(r"<tr>\s*(<th scope=\"row\">.*?)</tr>", page, re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in found]
    return [[re.sub(r"<[^>]+>", " ", cell).strip() for cell in row] for row in cells]


def note(cast: PortalCast, actor: Actor, action: str = "client.updated", **more: object) -> None:
    noun = action.partition(".")[0]
    write_audit_entry(
        ctx=Context(AT, actor),
        action=action,
        record=(noun, cast.client.pk),
        name=str(more.get("name", "Acme")),
        client_id=cast.client.pk,
        after={"city": more.get("city", "Oslo")},
        staff_only=bool(more.get("staff_only")),
    )


def by(cast: PortalCast, address: str = "203.0.113.9") -> Actor:
    return Actor("member", cast.bob.pk, cast.bob.email, address, "r")


STAFF = Actor("staff", 7, "grace@staff.example", "198.51.100.7", "r")


def test_it_tells_who_did_what_when_and_from_where(cast: PortalCast) -> None:
    note(cast, by(cast))
    what, who, address, at = rows(cast.browse(cast.alice).get(PATH).content.decode())[0]
    assert what.split() == "Profile updated Acme City: – → Oslo".split()
    assert (who, address) == ("bob@example.com", "203.0.113.9")
    assert at.startswith("Apr 8, 2026")


def test_an_address_is_for_its_owner_and_for_who_manages_members(cast: PortalCast) -> None:
    note(cast, by(cast))
    for user, sees in ((cast.alice, True), (cast.bob, True), (cast.tess, False)):
        page = cast.browse(user).get(PATH).content.decode()
        assert "Profile updated" in page
        assert ("203.0.113.9" in page) is sees


def test_staff_are_not_named_nor_found_nor_placed(cast: PortalCast) -> None:
    """T9."""
    note(cast, STAFF)
    note(cast, STAFF, "client.closed", staff_only=True)
    web = cast.browse(cast.alice)
    page = web.get(PATH).content.decode()
    assert rows(page)[0][1:3] == ["Staff", "–"]
    assert "Account closed" not in page
    for query in ("grace", "staff.example", "198.51"):
        assert "Nothing matches" in web.get(f"{PATH}?q={query}").content.decode()


def test_each_filter_shows_its_kind_and_only_what_the_member_may_read(cast: PortalCast) -> None:
    make_invoice(cast.client)
    make_service(cast.client, label="Visible")
    web = cast.browse(cast.alice)
    shown = {
        kind: rows(web.get(f"{PATH}?status={kind}").content.decode()) for kind in RIGHT_BY_KIND
    }
    assert [row[0].split()[0] for row in shown["services"]] == ["Service"] * len(shown["services"])
    assert shown["services"]
    assert shown["invoices"]
    assert sum(map(len, shown.values())) == len(rows(web.get(PATH).content.decode()))
    Membership.objects.filter(user=cast.tess).update(rights=["profile.view", "services.view"])
    tess = cast.browse(cast.tess)
    page = tess.get(PATH).content.decode()
    assert "Visible" in page
    assert "Invoice" not in page
    assert f"{PATH}?status=services" in page
    assert f"{PATH}?status=invoices" not in page
    assert tess.get(f"{PATH}?status=invoices").status_code == 422


def test_a_draft_is_nothing_and_an_issued_invoice_has_its_number(cast: PortalCast) -> None:
    invoice = make_invoice(cast.client)
    make_invoice(cast.client, "draft")
    page = cast.browse(cast.alice).get(f"{PATH}?status=invoices").content.decode()
    assert [row[0].split() for row in rows(page)] == [["Invoice", "issued", invoice.number]]


def test_nothing_of_another_client_is_in_it(cast: PortalCast) -> None:
    note(cast, by(cast), city="Elsewhere")
    page = cast.browse(cast.charlie, cast.foreign).get(PATH).content.decode()
    assert "Elsewhere" not in page


def test_a_suspended_client_reads_it(cast: PortalCast) -> None:
    suspend_client(client=cast.client, ctx=Context(AT, SYSTEM), reason="owes")
    assert "Account suspended" in cast.browse(cast.alice).get(PATH).content.decode()


def test_a_full_page_costs_eight_queries(
    cast: PortalCast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(30):
        note(cast, by(cast))
    make_invoice(cast.client)
    web = cast.browse(cast.alice)
    # 1 session, 2 user, 3 settings, 4 memberships with their clients, 5 count, 6 rows, 7 numbers of invoices
    with django_assert_num_queries(7):
        page = web.get(PATH).content.decode()
    assert len(rows(page)) == 25
    assert len(rows(web.get(f"{PATH}?page=2").content.decode())) > 5


def test_the_file_holds_the_same_and_runs_nothing(cast: PortalCast) -> None:
    note(cast, by(cast), name="=1+1", city="Oslo")
    make_invoice(cast.client)
    answer = cast.browse(cast.tess).get(f"{PATH}.csv")
    assert answer["Content-Disposition"] == 'attachment; filename="activity-2026-04-08.csv"'
    text = answer.content.decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(text)))
    assert lines[0] == ["date", "activity", "name", "changes", "done_by", "ip_address"]
    (noted,) = [line for line in lines if line[1] == "Profile updated"]
    assert noted == [
        "2026-04-08T14:33:10Z",
        "Profile updated",
        "'=1+1",
        "City: – → Oslo",
        "bob@example.com",
        "",
    ]
    assert "Invoice" not in text
    assert "203.0.113.9" in cast.browse(cast.alice).get(f"{PATH}.csv").content.decode()


def test_the_file_has_all_of_them(cast: PortalCast, monkeypatch: pytest.MonkeyPatch) -> None:
    """It ended after the latest 10,000, without a word."""
    monkeypatch.setattr(activity, "AT_ONCE", 2)
    for _ in range(5):
        make_invoice(cast.client)
    text = cast.browse(cast.alice).get(f"{PATH}.csv").content.decode("utf-8-sig")
    _heads, *found = csv.reader(io.StringIO(text, newline=""))
    assert sum(row[1] == "Invoice issued" for row in found) == 5
