"""A list of services as one writes it with Django REST framework: filter, pages and serializer."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import generics, serializers

from commerce.hosting.models import Service


class ServiceSerializer(serializers.ModelSerializer):
    name = serializers.CharField(source="label")
    domain = serializers.SerializerMethodField()
    status = serializers.SerializerMethodField()
    product_name = serializers.CharField(source="product.name")
    currency_code = serializers.CharField(source="currency_id")
    created_at = serializers.DateTimeField(format="%Y-%m-%dT%H:%M:%SZ")

    class Meta:
        model = Service
        fields = (
            *("id", "name", "domain", "status", "product_name", "billing_cycle", "amount"),
            *("currency_code", "next_due_date", "created_at"),
        )

    def get_domain(self, service: Service) -> str | None:
        return service.domain or None

    def get_status(self, service: Service) -> str:
        return "cancelled" if service.status == "terminated" else service.status


class ServiceListView(generics.ListAPIView):
    serializer_class = ServiceSerializer

    def get_queryset(self) -> QuerySet[Service]:
        token: Any = self.request.auth
        found = Service.objects.filter(client_id=token.client_id).select_related("product")
        status = self.request.query_params.get("status")
        if status == "cancelled":
            found = found.filter(status__in=["cancelled", "terminated"])
        elif status:
            found = found.filter(status=status)
        return found.order_by("-created_at", "-id")
