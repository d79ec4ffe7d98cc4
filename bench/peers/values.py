"""A list of services as one writes it with Django alone: an ordinary view and ``.values()``."""

import hashlib
from typing import Any

from django.db.models import F, Q
from django.http import HttpRequest, JsonResponse
from django.utils import timezone

from commerce.accounts.models import ApiToken
from commerce.hosting.models import Service


def _client(request: HttpRequest) -> int | None:
    key = request.headers.get("Authorization", "")[7:]
    live = ApiToken.objects.by_hash(hashlib.sha256(key.encode()).hexdigest()).filter(
        Q(expires_on=None) | Q(expires_on__gte=timezone.now().date()), status="live"
    )
    return live.values_list("client_id", flat=True).first()


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    row["domain"] = row["domain"] or None
    row["status"] = "cancelled" if row["status"] == "terminated" else row["status"]
    row["created_at"] = row["created_at"].strftime("%Y-%m-%dT%H:%M:%SZ")
    return row


def services(request: HttpRequest) -> JsonResponse:
    """Answer for the token's client."""
    client = _client(request)
    if client is None:
        return JsonResponse({"message": "Unauthenticated."}, status=401)
    page, rows = int(request.GET.get("page", 1)), int(request.GET.get("per_page", 15))
    found = Service.objects.filter(client_id=client).order_by("-created_at", "-id")
    if status := request.GET.get("status"):
        inside = ["cancelled", "terminated"] if status == "cancelled" else [status]
        found = found.filter(status__in=inside)
    total = found.count()
    listed = found[(page - 1) * rows : page * rows].values(
        *("id", "domain", "status", "billing_cycle", "amount", "next_due_date", "created_at"),
        name=F("label"),
        product_name=F("product__name"),
        currency_code=F("currency_id"),
    )
    last = max(-(-total // rows), 1)
    meta = {"current_page": page, "last_page": last, "per_page": rows, "total": total}
    return JsonResponse({"data": [_shown(row) for row in listed], "meta": meta})
