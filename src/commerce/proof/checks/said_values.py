"""Columns that staff and jobs set: each has the value that the audit log says last (S2)."""

from typing import NamedTuple

from commerce.proof.check import ProofCheck, finds_no_row

ERASED = "[erased]"
"""What nothing is compared with."""
_BEGINS = "coalesce(e.before ->> 'status', '') NOT IN ('expired', 'redemption')"
"""A name that was renewed becomes active again, and nothing of it is set."""
FIRST = 10**18
"""Added to an id it has as many digits as any other, so that the newest of several texts is the largest."""


class SaidField(NamedTuple):
    """A column of ``r`` as text, and what an entry of its noun says of it; ``initial`` where none ever did."""

    key: str
    column: str
    initial: str | None = None
    is_flag: bool = False
    moved_by: str = ""
    """Actions whose entry may leave out what they set it to: those of a former release do, or always."""

    @property
    def newest(self) -> str:
        """The newest word, behind the number of its entry."""
        json = f"e.after -> '{self.key}'"
        text = f"CAST({json} AS text)" if self.key == "options" else f"e.after ->> '{self.key}'"
        said = f"coalesce({text}, '')"
        if self.is_flag:
            said = f"CASE WHEN '' || (e.after ->> '{self.key}') IN ('1', 'true', 'True') THEN '1' ELSE '0' END"
        number = f"({FIRST} + e.id) || "
        actions = ", ".join(f"'{action}'" for action in self.moved_by.split())
        untold = (
            f" WHEN e.action IN ({actions}) AND {_BEGINS} THEN {number}'{ERASED}'"
            if actions
            else ""
        )
        return f"max(CASE WHEN {json} IS NOT NULL THEN {number}({said}){untold} END) AS said_{self.key}"

    @property
    def held(self) -> str:
        """What the row has."""
        if self.is_flag:
            return f"CASE WHEN {self.column} THEN '1' ELSE '0' END"
        return f"coalesce('' || {self.column}, '')"

    @property
    def difference(self) -> str:
        """A text that is empty where both agree, or nothing is known."""
        said = f"substr(s.said_{self.key}, 20)"
        if self.initial is not None:
            said = f"coalesce({said}, CASE WHEN r.created_at >= o.began THEN '{self.initial}' END)"
        says = f"' {self.key} ' || {self.held} || ', last set to ' || {said} || ';'"
        return f"CASE WHEN {said} NOT IN ({self.held}, '{ERASED}') THEN {says} ELSE '' END"


def said_sql(noun: str, table: str, name: str, fields: list[SaidField], more: str = "") -> str:
    """Rows of a table of which a column is not what the entries about it say last; one pass over both."""
    newest = ",\n    ".join(field.newest for field in fields)
    differences = "\n    || ".join(field.difference for field in fields)
    return f"""
WITH said AS (
  SELECT e.record_id,
    {newest}
  FROM audit_auditentry e WHERE e.record_kind = '{noun}' GROUP BY e.record_id
)
SELECT id, name, differences FROM (
  SELECT r.id, {name} AS name,
    {differences} AS differences
  FROM {table} r CROSS JOIN (SELECT min(at) AS began FROM audit_auditentry) o
  LEFT JOIN said s ON s.record_id = r.id {more}
) compared WHERE differences <> ''
"""  # noqa: S608 - columns of our own tables


def _texts(names: str, initial: str | None = None, moved_by: str = "") -> list[SaidField]:
    return [SaidField(name, f"r.{name}", initial, moved_by=moved_by) for name in names.split()]


def _flags(moved_by: str = "", **initial: str | None) -> list[SaidField]:
    return [
        SaidField(name, f"r.{name}", first, is_flag=True, moved_by=moved_by)
        for name, first in initial.items()
    ]


_REGISTERED, _ACTIVATED = "domain.active domain.pending_transfer", "service.active"
_DOMAIN = [
    *_texts("expiry_date", moved_by="domain.active"),
    *_texts("term_years recurring_amount"),
    *_texts("registrar", moved_by="domain.pending_transfer"),
    *_texts("registration_date remote_id ns1 ns2 ns3 ns4", moved_by=_REGISTERED),
    *_flags(_REGISTERED, whois_privacy=None, is_locked=None),
    *_flags("domain.transferred_away", auto_renew=None),
    SaidField("currency", "r.currency_code"),
]
_SERVICE = [
    SaidField("activated_on", "r.registration_date", moved_by=_ACTIVATED),
    *_texts("server_id username remote_id", moved_by=_ACTIVATED),
    *_texts("suspension_reason", moved_by=f"{_ACTIVATED} service.suspended"),
    SaidField("suspended_until", "r.suspended_until", ""),
    *_texts("product_id", moved_by="service.plan_changed"),
    *_texts("billing_cycle"),
    SaidField("currency", "r.currency_code"),
    SaidField("ends_on", "r.cancel_at", ""),
    SaidField("options", "json_text(r.options)"),
]
_CLIENT = [
    *_texts("currency_code country state tax_id"),
    *_flags(tax_exempt="0", autopay="1", dunning="1"),
    SaidField("tax_exempt_until", "r.tax_exempt_until", ""),
    SaidField("tax_exempt_reason", "r.tax_exempt_reason", ""),
    SaidField("api_rate", "r.api_rate", ""),
    SaidField("api_write_rate", "r.api_write_rate", ""),
]
_INVOICE = [
    SaidField("dunning_hold_until", "r.dunning_hold_until", "", moved_by="invoice.reversed"),
    SaidField("suspension_hold_until", "r.suspension_hold_until", ""),
    *_flags(is_stopped="0"),
]
_NOT_ERASED = "WHERE r.id NOT IN (SELECT client_id FROM accounts_erasure WHERE status = 'done')"


def _check(noun: str, statement: str, sql: str) -> ProofCheck:
    kind = noun.capitalize()
    return ProofCheck(
        f"S2-{noun}s",
        statement,
        finds_no_row(noun, f"{kind} {{id}} ({{name}}):{{differences}}", sql),
    )


CHECKS = (
    _check(
        "domain",
        "Each domain has the dates, price, settings, and registrar that the audit log says last.",
        said_sql("domain", "domains_domain", "r.domain_name", _DOMAIN),
    ),
    _check(
        "service",
        "Each service has the product, options, account, and end date that the audit log says last.",
        said_sql("service", "hosting_service", "r.label", _SERVICE),
    ),
    _check(
        "client",
        "Each client has the tax and payment settings that the audit log says last.",
        said_sql("client", "accounts_client", "r.email", _CLIENT, _NOT_ERASED),
    ),
    _check(
        "invoice",
        "Each invoice has the holds that the audit log says last.",
        said_sql("invoice", "billing_invoice", "coalesce(r.number, 'draft')", _INVOICE),
    ),
)
