"""What an export of a client's data has of their statements and of what they agreed to before (accounts.md 10)."""

from commerce.accounts.data_export.hooks import ExportedRows
from commerce.consumers.models import ConsumerStatement
from commerce.consumers.records import CONSENT_FIELDS, STATEMENT_FIELDS
from commerce.support.models import ConsumerConsent


def consumer_rows() -> tuple[ExportedRows, ...]:
    """Withdrawals and endings, and consents to begin at once."""
    return (
        ExportedRows(
            "consumer_statements.json", ConsumerStatement.objects.for_client, STATEMENT_FIELDS
        ),
        ExportedRows("consumer_consents.json", ConsumerConsent.objects.for_client, CONSENT_FIELDS),
    )
