"""Finding clients by what people type of their name, company or email address."""

from django.db.models import Q

from commerce.accounts.models import Client
from commerce.accounts.models.clients_and_users import ClientQuerySet

COLUMNS = ("first_name", "last_name", "company", "email")


def clients_matching(text: str) -> ClientQuerySet:
    """Those who have each word of it somewhere in their name, company or email address; nobody for an empty text."""
    words = text.split()
    found = Client.objects.all() if words else Client.objects.none()
    for word in words:
        within = Q()
        for column in COLUMNS:
            within |= Q(**{f"{column}__icontains": word})
        found = found.filter(within)
    return found


def client_ids_matching(text: str, limit: int = 100) -> list[int]:
    """The keys of at most so many of them, for a search in a long table that belongs to clients.

    Their keys are looked up there by an index; joined to a million rows the search would look at each.
    """
    return list(clients_matching(text).order_by("-pk").values_list("pk", flat=True)[:limit])
