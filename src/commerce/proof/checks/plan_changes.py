"""Plan changes and what services have of lines: nothing before a change, its documents are its difference (M18)."""

from commerce.proof.check import ProofCheck, finds_no_row

# A change of before there were requests has no reference; its invoice was made to be paid first.
DOCUMENTS_TOO_EARLY_SQL = """
SELECT p.id, p.client_id, p.status FROM billing_planchange p
WHERE p.status <> 'applied'
  AND (
    p.reference IS NOT NULL AND p.invoice_id IS NOT NULL
    OR EXISTS (SELECT 1 FROM billing_creditnote n WHERE n.plan_change_id = p.id)
    OR EXISTS (
      SELECT 1 FROM billing_creditentry e
      WHERE e.reason = 'downgrade' AND e.source LIKE 'plan_change:' || p.id || ':%%'
    )
  )
"""

DIFFERENCE_SQL = """
SELECT id, client_id, total, charged, noted, credited FROM (
  SELECT p.id, p.client_id, p.total,
    coalesce((SELECT i.total FROM billing_invoice i WHERE i.id = p.invoice_id), 0) AS charged,
    (SELECT coalesce(sum(n.total), 0) FROM billing_creditnote n WHERE n.plan_change_id = p.id) AS noted,
    (SELECT coalesce(sum(e.amount), 0) FROM billing_creditentry e
     WHERE e.reason = 'downgrade' AND e.source LIKE 'plan_change:' || p.id || ':%%') AS credited
  FROM billing_planchange p
  WHERE p.status = 'applied' AND p.reference IS NOT NULL
) done
WHERE total IS NULL OR charged - noted - credited <> total
"""

# Each line of a note of a change is of its service alone, and names the days that it gives back.
OF_ANOTHER_UNIT_SQL = """
SELECT p.id, p.client_id, n.number, l.position
FROM billing_creditnote n
JOIN billing_planchange p ON p.id = n.plan_change_id
JOIN billing_creditnoteline l ON l.credit_note_id = n.id
LEFT JOIN billing_lineshare s ON s.credit_line_id = l.id
WHERE s.id IS NULL OR s.service_id IS NULL OR s.service_id <> p.service_id OR s.period_start IS NULL
"""

# A second note may give back days before those of the first: a consumer's statement counts from its instant, also where
# a change came before it was carried out.
GIVEN_BACK_TWICE_SQL = """
SELECT min(s.credit_line_id) AS id, i.number, l.position, s.service_id, count(DISTINCT again.id) + 1 AS times
FROM billing_lineshare s
JOIN billing_lineshare again ON again.line_id = s.line_id AND again.service_id = s.service_id
  AND again.id > s.id AND again.credit_line_id IS NOT NULL
  AND again.period_start < s.period_end AND s.period_start < again.period_end
JOIN billing_invoiceline l ON l.id = s.line_id
JOIN billing_invoice i ON i.id = l.invoice_id
WHERE s.credit_line_id IS NOT NULL
GROUP BY s.line_id, i.number, l.position, s.service_id
"""

LINES_SQL = """
SELECT l.id, i.number, l.position, l.amount, l.tax_amount, coalesce(s.net, 0) AS net, coalesce(s.tax, 0) AS tax
FROM billing_invoiceline l
JOIN billing_invoice i ON i.id = l.invoice_id
LEFT JOIN (
  SELECT line_id, sum(net) AS net, sum(tax) AS tax FROM billing_lineshare
  WHERE credit_line_id IS NULL GROUP BY line_id
) s ON s.line_id = l.id
WHERE i.issued_at IS NOT NULL AND (l.amount <> coalesce(s.net, 0) OR l.tax_amount <> coalesce(s.tax, 0))
"""

NOTE_LINES_SQL = """
SELECT l.id, n.number, l.position, l.amount, l.tax_amount, -coalesce(s.net, 0) AS net, -coalesce(s.tax, 0) AS tax
FROM billing_creditnoteline l
JOIN billing_creditnote n ON n.id = l.credit_note_id
LEFT JOIN (
  SELECT credit_line_id, sum(net) AS net, sum(tax) AS tax FROM billing_lineshare
  WHERE credit_line_id IS NOT NULL GROUP BY credit_line_id
) s ON s.credit_line_id = l.id
WHERE l.amount <> -coalesce(s.net, 0) OR l.tax_amount <> -coalesce(s.tax, 0)
"""

CHECKS = (
    ProofCheck(
        "M18",
        "A plan change that was not carried out has no document.",
        finds_no_row(
            "plan_change",
            "Plan change {id} of client {client_id} is {status}, but has documents.",
            DOCUMENTS_TOO_EARLY_SQL,
        ),
    ),
    ProofCheck(
        "M18-difference",
        "The documents of each plan change add up to its difference.",
        finds_no_row(
            "plan_change",
            "Plan change {id} of client {client_id}: invoiced {charged}, credited {noted} and {credited};"
            " its difference is {total}.",
            DIFFERENCE_SQL,
        ),
    ),
    ProofCheck(
        "M18-units",
        "Each credit note of a plan change takes back only what its own service had, with the days.",
        finds_no_row(
            "plan_change",
            "Line {position} of credit note {number} isn't of the service of plan change {id}.",
            OF_ANOTHER_UNIT_SQL,
        ),
    ),
    ProofCheck(
        "M18-days",
        "No day of a line item is given back twice.",
        finds_no_row(
            "credit_note_line",
            "Line {position} of invoice {number} was given back {times} times to service {service_id}.",
            GIVEN_BACK_TWICE_SQL,
        ),
    ),
    ProofCheck(
        "M18-lines",
        "What services have of each line item adds up to the line item.",
        finds_no_row(
            "invoice_line",
            "Line {position} of invoice {number} is {amount}, tax {tax_amount}; shared out are {net}, tax {tax}.",
            LINES_SQL,
        ),
    ),
    ProofCheck(
        "M18-note-lines",
        "What a credit note takes back from services adds up to its line items.",
        finds_no_row(
            "credit_note_line",
            "Line {position} of credit note {number} is {amount}, tax {tax_amount}; taken back are {net}, tax {tax}.",
            NOTE_LINES_SQL,
        ),
    ),
)
