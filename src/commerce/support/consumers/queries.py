"""Who is a consumer, and what they were told and asked for (support-and-content.md 9)."""

from commerce.accounts.models import Client
from commerce.site_settings.current import get_setting
from commerce.support.models import ConsumerConsent, InstructionCopy


def is_consumer(client: Client) -> bool:
    """Whether a client is proposed to be a consumer: without company and tax number, in one of their countries."""
    return bool(
        get_setting("consumer.enabled")
        and not client.company
        and not client.tax_id
        and client.country in get_setting("consumer.countries")
    )


def notice_months(country: str) -> int:
    """How long a contract that renewed itself runs on after it was ended, in months."""
    rows = {row["country"]: int(row["months"]) for row in get_setting("consumer.notice")}
    return rows.get(country, rows["*"])


def asked_to_begin(kind: str, pk: int) -> bool:
    """Whether a consumer asked to begin at once with what this record is about."""
    return ConsumerConsent.objects.of(kind, pk).exists()


def instruction_copy_of(kind: str, pk: int) -> InstructionCopy | None:
    """The instruction on withdrawal that went out with a record; none where it was missing."""
    return InstructionCopy.objects.filter(record_kind=kind, record_id=pk).first()
