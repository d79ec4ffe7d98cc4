"""What the framework's settings name: how a token is recognised, and what a page looks like."""

import hashlib
from typing import Any

from django.db.models import Q
from django.utils import timezone
from rest_framework import authentication, exceptions, pagination
from rest_framework.request import Request
from rest_framework.response import Response

from commerce.accounts.models import ApiToken, User


class TokenAuthentication(authentication.BaseAuthentication):
    """Finds the live token by its hash, with its maker and client in one query."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken]:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise exceptions.AuthenticationFailed
        today = timezone.now().date()
        token = (
            ApiToken.objects.select_related("maker", "client")
            .filter(Q(expires_on=None) | Q(expires_on__gte=today), status="live")
            .by_hash(hashlib.sha256(key.encode()).hexdigest())
            .first()
        )
        if token is None:
            raise exceptions.AuthenticationFailed
        return token.maker, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class ServicePagination(pagination.PageNumberPagination):
    page_size = 15
    page_size_query_param = "per_page"
    max_page_size = 100

    def get_paginated_response(self, data: Any) -> Response:
        assert self.page is not None
        paginator = self.page.paginator
        meta = {
            "current_page": self.page.number,
            "last_page": paginator.num_pages,
            "per_page": paginator.per_page,
            "total": paginator.count,
        }
        return Response({"data": data, "meta": meta})
