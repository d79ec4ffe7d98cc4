"""One path, answered twice; which one is measured depends on the settings module."""

from django.conf import settings
from django.urls import path

from bench.peers import drf, values

urlpatterns = [
    path(
        "api/v1/services", drf.ServiceListView.as_view() if settings.MIDDLEWARE else values.services
    ),
]
