"""What staff find records by (backoffice.md 3), said once: triggers write it with the record, a migration fills it, and
a check of the proof compares it (decision 171).

Each kind has its table and, of each thing that a caller may say, how it is made of the row: SQL over ``{row}``.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Max, Model

from commerce.accounts.models import Client, Membership, SearchKey, User
from commerce.accounts.rules import SearchKeyForm
from commerce.billing.models import CreditNote, Invoice
from commerce.db.search_text import SearchSql
from commerce.db.triggers import Trigger, TriggerUpdate, columns_differ
from commerce.domains.models import Domain
from commerce.hosting.models import AccountInfo, Server, Service
from commerce.orders.models import Order
from commerce.payments.models import Payment, Refund, SavedCard, UnallocatedPayment

_KEYS = SearchKey._meta.db_table
_COLUMNS = "form, key, field, record_kind, record_id, client_id"
_ROWS_AT_ONCE = 10_000
_COLUMN = re.compile(r"\{row\}\.(\w+)")


@dataclass(frozen=True, slots=True)
class SearchedValue:
    """One thing that a record is found by. ``made`` is how: ``words`` of a name; ``text`` whose beginning is typed;
    ``host``, the part of an address behind the ``@``; ``number``, ``code`` or ``digits`` whose end is typed (as it is,
    or its letters and digits, or its digits); ``whole``.
    """

    field: str
    made: str
    sql: str


@dataclass(frozen=True, slots=True)
class SearchSource:
    """The table of a kind of record, and what its rows are found by."""

    model: type[Model]
    values: tuple[SearchedValue, ...]
    client: str = "{row}.client_id"
    condition: str = "1 = 1"
    """Which rows are found at all."""

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    def columns(self, field: str = "") -> tuple[str, ...]:
        """The columns that its keys of a field are made of, or all keys; the id of a row stays."""
        made = [one.sql for one in self.values if field in ("", one.field)]
        names = _COLUMN.findall(" ".join([self.client, self.condition, *made]))
        return tuple(sorted({*names} - {"id"}))


_USER = f"(SELECT {{column}} FROM {User._meta.db_table} u WHERE u.id = {{{{row}}}}.user_id)"  # noqa: S608 - our names
_MEMBER_EMAIL = _USER.format(column="u.email")
_MEMBER_NAME = _USER.format(column="u.first_name || ' ' || u.last_name")
_ACCOUNT = (
    f"(SELECT a.details ->> '{{column}}' FROM {AccountInfo._meta.db_table} a"  # noqa: S608 - our names
    " WHERE a.service_id = {{row}}.id)"
)
_ORDER_ZEROS = (
    "CASE WHEN {row}.id < 10 THEN '000' WHEN {row}.id < 100 THEN '00'"
    " WHEN {row}.id < 1000 THEN '0' ELSE '' END"
)
_TOTAL = SearchedValue("amount", "whole", "{row}.total || {row}.currency_code")
_NUMBER = SearchedValue("number", "number", "{row}.number")

SEARCH_SOURCES: dict[str, SearchSource] = {
    "client": SearchSource(
        Client,
        (
            SearchedValue("number", "number", "'' || {row}.id"),
            SearchedValue(
                "name",
                "words",
                "{row}.first_name || ' ' || {row}.last_name || ' ' || {row}.company",
            ),
            SearchedValue("email", "text", "{row}.email"),
            SearchedValue("email", "host", "{row}.email"),
            SearchedValue("phone", "digits", "replace({row}.phone, '(0)', '')"),
            SearchedValue("tax_id", "code", "{row}.tax_id"),
            SearchedValue(
                "address", "words", "{row}.address1 || ' ' || {row}.postcode || ' ' || {row}.city"
            ),
        ),
        client="{row}.id",
    ),
    "member": SearchSource(
        Membership,
        (
            SearchedValue("name", "words", _MEMBER_NAME),
            SearchedValue("email", "text", _MEMBER_EMAIL),
            SearchedValue("email", "host", _MEMBER_EMAIL),
        ),
    ),
    "service": SearchSource(
        Service,
        (
            SearchedValue("domain", "text", "{row}.domain"),
            SearchedValue("username", "text", "{row}.username"),
            SearchedValue("account", "text", "{row}.remote_id"),
            SearchedValue("address", "text", _ACCOUNT.format(column="ipv4")),
            SearchedValue("address", "text", _ACCOUNT.format(column="ipv6")),
        ),
    ),
    "domain": SearchSource(
        Domain,
        (SearchedValue("domain", "text", "{row}.domain_name"),),
    ),
    "server": SearchSource(
        Server,
        (
            SearchedValue("server", "words", "{row}.name"),
            SearchedValue("server", "text", "{row}.name"),
            SearchedValue("server", "text", "{row}.hostname"),
            SearchedValue("address", "text", "{row}.ipv4"),
            SearchedValue("address", "text", "{row}.ipv6"),
        ),
        client="NULL",
    ),
    "order": SearchSource(
        Order,
        (SearchedValue("number", "number", f"'ord-' || {_ORDER_ZEROS} || {{row}}.id"),),
    ),
    "invoice": SearchSource(
        Invoice,
        (
            _NUMBER,
            _TOTAL,
            SearchedValue("reference", "text", "replace({row}.payment_reference, ' ', '')"),
        ),
        condition="{row}.number IS NOT NULL",
    ),
    "credit_note": SearchSource(CreditNote, (_NUMBER, _TOTAL)),
    "payment": SearchSource(
        Payment,
        (
            SearchedValue("transaction", "text", "{row}.transaction_id"),
            SearchedValue("reference", "text", "{row}.reference"),
            SearchedValue("amount", "whole", "{row}.amount || {row}.currency_code"),
            SearchedValue("card", "whole", "{row}.card_last4"),
        ),
    ),
    "refund": SearchSource(
        Refund,
        (SearchedValue("transaction", "text", "{row}.reference"),),
    ),
    "unallocated_payment": SearchSource(
        UnallocatedPayment,
        (
            SearchedValue("transaction", "text", "{row}.transaction_id"),
            SearchedValue("reference", "text", "{row}.reference"),
            SearchedValue("amount", "whole", "{row}.amount || {row}.currency_code"),
        ),
        client="NULL",
    ),
    "saved_card": SearchSource(
        SavedCard,
        (SearchedValue("card", "whole", "{row}.last4"),),
        condition="{row}.removed_at IS NULL",
    ),
}
"""By the kind of record."""


def search_key_triggers() -> Iterator[Trigger]:
    """What writes the keys of a record with it."""
    for kind, source in SEARCH_SOURCES.items():
        own = f"record_kind = '{kind}' AND record_id = "
        yield _trigger(source.table, "INSERT", "1 = 1", kind)
        if changed := _fields_that_differ(source):
            of = " OR ".join(f"field = '{field}' AND ({it})" for field, it in changed.items())
            yield _trigger(
                source.table,
                "UPDATE",
                columns_differ(source.columns()),
                kind,
                removed=f"{own}NEW.id AND ({of})",
                changed=changed,
            )
        gone = f"DELETE FROM {_KEYS} WHERE {own}OLD.id"  # noqa: S608 - our names
        yield TriggerUpdate(source.table, "DELETE", "1 = 1", gone, "_search")
    named = columns_differ(("email", "first_name", "last_name"))
    yield _from_beside(User, "UPDATE", named, "member", "m.user_id = NEW.id")
    found_at = "m.id = NEW.service_id"
    yield _from_beside(AccountInfo, "INSERT", "1 = 1", "service", found_at)
    yield _from_beside(AccountInfo, "UPDATE", columns_differ(["details"]), "service", found_at)
    yield _from_beside(AccountInfo, "DELETE", "1 = 1", "service", "m.id = OLD.service_id")


def _fields_that_differ(source: SearchSource) -> Mapping[str, str]:
    """By field, whether an UPDATE changes what its keys are made of: keys of others stay as they are."""
    fields = {one.field: source.columns(one.field) for one in source.values}
    return {field: columns_differ(columns) for field, columns in fields.items() if columns}


def _from_beside(
    model: type[Model], event: str, condition: str, kind: str, which: str
) -> TriggerUpdate:
    """Of a table from which keys of another kind are made: those of its rows ``m`` anew."""
    of = f"SELECT m.id FROM {SEARCH_SOURCES[kind].table} m WHERE {which}"  # noqa: S608 - our names
    removed = f"record_kind = '{kind}' AND record_id IN ({of})"
    return _trigger(
        model._meta.db_table, event, condition, kind, removed=removed, row="m", which=which
    )


def _trigger(
    table: str,
    event: str,
    condition: str,
    kind: str,
    *,
    removed: str = "",
    row: str = "NEW",
    which: str = "",
    changed: Mapping[str, str] | None = None,
) -> TriggerUpdate:
    """Write the keys, after those of before are ``removed``."""
    delete = f"DELETE FROM {_KEYS} WHERE {removed};\n    " if removed else ""  # noqa: S608 - our names
    postgresql, sqlite = (
        f"{delete}INSERT INTO {_KEYS} ({_COLUMNS})"
        f"{_key_rows(SearchSql(is_lite), kind, row, which, changed)}"
        for is_lite in (False, True)
    )
    return TriggerUpdate(table, event, condition, postgresql, "_search", update_on_sqlite=sqlite)


def search_key_rows(kind: str, which: str = "1 = 1", vendor: str = "") -> str:
    """The statement that selects the keys of all records of a kind for which ``which`` holds of the row ``r``."""
    is_lite = (vendor or connection.vendor) == "sqlite"
    return _key_rows(SearchSql(is_lite), kind, "r", which)


def _key_rows(
    sql: SearchSql, kind: str, row: str, which: str, changed: Mapping[str, str] | None = None
) -> str:
    """All keys of the row, each once; without ``which`` it is the row of a trigger, otherwise rows of the table. Of the
    fields that are ``changed``, if any are said, and where they are.
    """
    source = SEARCH_SOURCES[kind]
    conditions = [source.condition.format(row=row), *([which] if which else [])]
    table = f"{source.table} {row}" if which else ""
    parts = []
    for value in source.values:
        if changed is not None and value.field not in changed:
            continue
        form, key, words = _made(sql, value.made, value.sql.format(row=row))
        tables = ", ".join(one for one in (table, words) if one)
        client = _client(source, row, sql)
        differs = [f"({changed[value.field]})"] if changed is not None else []
        ids = f"'{kind}' AS record_kind, {row}.id AS record_id, {client} AS client_id"
        parts.append(
            f"SELECT '{form}' AS form, {sql.in_byte_order(key)} AS key, '{value.field}' AS field,"  # noqa: S608
            f" {ids}{f' FROM {tables}' if tables else ''} WHERE {' AND '.join([*differs, *conditions])}"
        )
    every = " UNION ".join(parts)
    return f" SELECT * FROM ({every}) AS k WHERE k.key <> ''"  # noqa: S608 - our names


def _client(source: SearchSource, row: str, sql: SearchSql) -> str:
    client = source.client.format(row=row)
    return "CAST(NULL AS bigint)" if client == "NULL" and not sql.is_lite else client


def _made(sql: SearchSql, made: str, text: str) -> tuple[SearchKeyForm, str, str]:
    """The form of a key, its SQL, and the table of words that it is taken from."""
    if made == "words":
        table, column = sql.words(text)
        return SearchKeyForm.WORD, column, table
    form, key = {
        "text": (SearchKeyForm.WORD, sql.lower(text)),
        "host": (SearchKeyForm.WORD, sql.host(text)),
        "number": (SearchKeyForm.END, sql.reversed(text, dashes=" /_.")),
        "code": (SearchKeyForm.END, sql.reversed(text, kept="0-9a-z")),
        "digits": (SearchKeyForm.END, sql.reversed(text, kept="0-9")),
        "whole": (SearchKeyForm.WHOLE, text),
    }[made]
    return form, key, ""


def fill_search_keys(db: BaseDatabaseWrapper = connection) -> None:
    """Write the keys of all records that have none yet, some at a time; safe to repeat, and beside others who write."""
    for kind, source in SEARCH_SOURCES.items():
        rows = source.model._base_manager.using(db.alias)
        last = rows.aggregate(last=Max("pk"))["last"] or 0
        for first in range(0, last + 1, _ROWS_AT_ONCE):
            which = f"r.id >= {first} AND r.id < {first + _ROWS_AT_ONCE}"
            made = search_key_rows(kind, which, db.vendor)
            with transaction.atomic(using=db.alias), db.cursor() as cursor:
                cursor.execute(f"INSERT INTO {_KEYS} ({_COLUMNS}){made} ON CONFLICT DO NOTHING")


def all_search_keys() -> str:
    """The statement that selects the keys that are there, as ``search_key_rows`` does."""
    return f"SELECT {_COLUMNS} FROM {_KEYS}"  # noqa: S608 - our names
