"""What a request below ``/admin`` can lead to: the staff area, and the pages that it links to.

Apart from ``urls``, so that a worker loads the staff area only once somebody opens it: it takes 8 MiB.
"""

from django.urls import include, path

from commerce.config.urls import handler400, handler403, handler404, handler500

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [
    path("", include("commerce.backoffice.urls")),
    path("", include("commerce.portal.urls")),
]
