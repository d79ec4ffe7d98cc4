"""Services of a client."""

from django.urls import path

from commerce.portal.services import cancellations, plan_changes, services

urlpatterns = [
    path("client/services", services.services, name="services"),
    path("client/services/<int:pk>", services.service, name="service"),
    path("client/services/<int:pk>/rename", services.service_rename, name="service_rename"),
    path("client/services/<int:pk>/upgrade", plan_changes.service_upgrade, name="service_upgrade"),
    path("client/services/<int:pk>/cancel", cancellations.service_cancel, name="service_cancel"),
]
