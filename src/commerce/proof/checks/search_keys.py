"""What staff search by is what the records say: whoever calls is found (backoffice.md 3)."""

from commerce.proof.check import CheckFindings, ProofCheck, ProofTime, finds_no_row
from commerce.record_search_keys import SEARCH_SOURCES, all_search_keys, search_key_rows


def _keys_differ(check: ProofCheck, asked: ProofTime, most: int) -> CheckFindings:
    made = " UNION ALL ".join(search_key_rows(kind) for kind in SEARCH_SOURCES)
    kept = all_search_keys()
    sql = f"""
SELECT record_id AS id, record_kind, field, form, 'is missing' AS what
FROM (SELECT * FROM ({made}) AS made EXCEPT {kept}) AS missing
UNION ALL
SELECT record_id, record_kind, field, form, 'is there for nothing'
FROM ({kept} EXCEPT SELECT * FROM ({made}) AS made) AS extra
"""  # noqa: S608 - our own statements
    text = "A key ({field}, {form}) of the {record_kind} {id} {what}."
    return finds_no_row("record", text, sql)(check, asked, most)


CHECKS = (
    ProofCheck(
        "M13-search",
        "Each record is found by what it says, and by nothing else.",
        _keys_differ,
    ),
)
