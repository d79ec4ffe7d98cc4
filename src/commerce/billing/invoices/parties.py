"""Who claims and who owes, as a paper that is made today says it."""

from typing import Any

from commerce.accounts import custom_fields
from commerce.accounts.models import Client
from commerce.site_settings import current

_ADDRESS = "address1 address2 city state postcode country phone tax_id email".split()


def seller_snapshot() -> dict[str, str]:
    """Who claims, as the settings ``company.*`` say today."""
    fields = ["name", *_ADDRESS, "website", "registration_no"]
    return {field: current.get_setting(f"company.{field}") for field in fields}


def buyer_snapshot(client: Client) -> dict[str, Any]:
    """Who owes, as the client's record says today, with its custom fields for invoices."""
    texts = {field: getattr(client, field) for field in ["name", "company", *_ADDRESS]}
    return texts | {"custom_fields": custom_fields.custom_fields_for_invoice(client)}
