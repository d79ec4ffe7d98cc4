"""Domain names of a client."""

from django.urls import path

from commerce.portal.domains import domains

urlpatterns = [
    path("client/domains", domains.domains, name="domains"),
    path("client/domains/<int:pk>", domains.domain, name="domain"),
]
