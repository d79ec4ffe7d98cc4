"""Sessions of clients and of staff are apart: each area has its cookie, and opens for no session of the other."""

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from commerce.portal.base.middleware.requests import GetResponse
from commerce.portal.base.sign_in.areas import STAFF_SESSION_KEY, sign_in_area_of


class DoorSessionMiddleware(SessionMiddleware):
    """Django's, with the cookie of the area that a request is made in."""

    def process_request(self, request: HttpRequest) -> None:
        if sign_in_area_of(request).is_staff:
            # Django's own code knows one name: the staff's cookie stands in for it, and the clients' is not seen.
            request.COOKIES.pop(settings.SESSION_COOKIE_NAME, None)
            if key := request.COOKIES.get(settings.COMMERCE_STAFF_COOKIE_NAME):
                request.COOKIES[settings.SESSION_COOKIE_NAME] = key
        super().process_request(request)

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        of_other_area = None
        if sign_in_area_of(request).is_staff:
            of_other_area = response.cookies.pop(settings.SESSION_COOKIE_NAME, None)
        response = super().process_response(request, response)
        if sign_in_area_of(request).is_staff:
            morsel = response.cookies.pop(settings.SESSION_COOKIE_NAME, None)
            if morsel is not None:
                name = settings.COMMERCE_STAFF_COOKIE_NAME
                morsel.set(name, morsel.value, morsel.coded_value)
                response.cookies[name] = morsel
            if of_other_area is not None:  # who goes on in a client's portal
                response.cookies[settings.SESSION_COOKIE_NAME] = of_other_area
        return response


class OwnDoorMiddleware:
    """Nobody is signed in by a session that began in the other area, in whichever cookie it comes."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated:
            began_as_staff = bool(request.session.get(STAFF_SESSION_KEY))
            if began_as_staff != sign_in_area_of(request).is_staff:
                request.user = AnonymousUser()
        return self.get_response(request)
