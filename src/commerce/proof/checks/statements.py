"""Statements of consumers: the credit notes of each are what it gave back, and nothing came of one before."""

from commerce.proof.check import ProofCheck, finds_no_row

GIVEN_BACK_SQL = """
SELECT id, status, given_back, noted FROM (
  SELECT s.id, s.status, coalesce(s.given_back, 0) AS given_back,
    (SELECT coalesce(sum(n.total), 0) FROM consumers_statementcreditnote t
     JOIN billing_creditnote n ON n.id = t.credit_note_id WHERE t.statement_id = s.id) AS noted
  FROM consumers_consumerstatement s
) each_statement
WHERE given_back <> noted OR status <> 'carried_out' AND noted <> 0
"""

OF_ANOTHER_CLIENT_SQL = """
SELECT s.id, n.number FROM consumers_consumerstatement s
JOIN consumers_statementcreditnote t ON t.statement_id = s.id
JOIN billing_creditnote n ON n.id = t.credit_note_id
WHERE s.client_id IS NULL OR s.client_id <> n.client_id
"""

CHECKS = (
    ProofCheck(
        "M11-statements",
        "The credit notes of each statement of a consumer add up to what it gave back.",
        finds_no_row(
            "consumer_statement",
            "Statement {id} ({status}) gave back {given_back}; its credit notes are {noted}.",
            GIVEN_BACK_SQL,
        ),
    ),
    ProofCheck(
        "M11-statement-clients",
        "The credit notes of each statement of a consumer are of the same client.",
        finds_no_row(
            "consumer_statement",
            "Credit note {number} isn't of the client of statement {id}.",
            OF_ANOTHER_CLIENT_SQL,
        ),
    ),
)
