"""Numbers of documents are consecutive, in order of issue (M14).

A number ends in at least four digits of its sequence, whatever the prefix was at that time. Consecutive is therefore
read from the last four: prefixes may change, and may end in digits themselves (``2026`` before ``0305``).
"""

from commerce.proof.check import ProofCheck, finds_no_row

_NUMBERED = """
WITH numbered AS (
  SELECT id, number, issue_date, issued_at,
         length(rtrim(number, '0123456789')) AS head, length(number) AS size
  FROM {table} WHERE number IS NOT NULL
), counted AS (
  SELECT id, number, issue_date, issued_at, size - head AS digits, substr(number, head + 1) AS tail,
         CASE WHEN size - head >= 4 THEN CAST(substr(number, size - 3) AS integer) END AS last
  FROM numbered
)"""

# A sequence jumps when staff raise its start or switch the yearly reset, and starts anew with a year if it is reset.
_GAPS = """{numbered}, neighbours AS (
  SELECT id, number, issue_date, issued_at, tail, last, lag(number) OVER issued AS before_it,
         lag(last) OVER issued AS last_before, lag(issue_date) OVER issued AS date_before,
         lag(issued_at) OVER issued AS issued_before
  FROM counted WINDOW issued AS (ORDER BY issue_date, digits, tail)
)
SELECT n.id, n.number, n.issue_date, n.before_it, n.date_before
FROM neighbours n
WHERE (n.last IS NULL OR n.last_before IS NOT NULL AND n.last <> (n.last_before + 1) %% 10000)
  AND NOT (n.last = 1 AND n.date_before IS NOT NULL
           AND extract(YEAR FROM n.issue_date) > extract(YEAR FROM n.date_before)
           AND n.number LIKE '%%' || extract(YEAR FROM n.issue_date) || '%%')
  AND NOT EXISTS (
    SELECT 1 FROM audit_auditentry e
    WHERE e.record_kind = 'setting' AND e.at >= n.issued_before AND e.at <= n.issued_at
      AND e.record_name IN ('billing.invoice_start_number', 'billing.invoice_yearly_reset')
  )
"""

_END = """{numbered}
SELECT c.id, c.number, c.issue_date
FROM (SELECT * FROM counted ORDER BY issue_date DESC, digits DESC, tail DESC LIMIT 1) c
WHERE NOT EXISTS (
  SELECT 1 FROM billing_numbersequence s
  WHERE (s.name = '{sequence}' OR s.name LIKE '{sequence}:%%') AND s.next_number %% 10000 = (c.last + 1) %% 10000
)
"""


def _both(what: str, sequence: str) -> tuple[ProofCheck, ProofCheck]:
    numbered = _NUMBERED.format(table=f"billing_{sequence.replace('_', '')}")
    suffix = "" if sequence == "invoice" else "-notes"
    return (
        ProofCheck(
            f"M14{suffix}",
            f"The {what} numbers are consecutive, in order of issue.",
            finds_no_row(
                sequence,
                f"{what.capitalize()} {{number}} of {{issue_date}} follows {{before_it}} of {{date_before}}.",
                _GAPS.format(numbered=numbered),
            ),
        ),
        ProofCheck(
            f"M14{suffix}-last",
            f"The next {what} number follows the last one issued.",
            finds_no_row(
                sequence,
                f"{what.capitalize()} {{number}} of {{issue_date}} is the last, but the"
                " next number in its sequence doesn't follow it.",
                _END.format(numbered=numbered, sequence=sequence),
            ),
        ),
    )


CHECKS = (*_both("invoice", "invoice"), *_both("credit note", "credit_note"))
