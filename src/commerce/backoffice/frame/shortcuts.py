"""`/admin/profile/keys`: what single keys do in the staff area, and the switch for them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from commerce.accounts.actions.staff_people.shortcuts import set_keyboard_shortcuts
from commerce.backoffice.base.access import signed_in_staff, staff_context
from commerce.backoffice.base.context import site_of
from commerce.backoffice.base.pages import Access, Page, PageRule, Room
from commerce.portal.base.redirects import see_other


def keyboard_shortcuts(request: HttpRequest) -> HttpResponse:
    """The list that ``?`` shows, too; sent, it switches them on or off for this person."""
    staff = signed_in_staff(request)
    if request.method == "POST":
        is_on = request.POST.get("keys") == "on"
        set_keyboard_shortcuts(staff=staff, is_on=is_on, ctx=staff_context(request))
        messages.success(
            request, _("Keyboard shortcuts are on.") if is_on else _("Keyboard shortcuts are off.")
        )
        return see_other("admin:keyboard_shortcuts")
    entries = site_of(request).menu.entries(staff.all_permissions)
    context = {"staff": staff, "entries": entries}
    return render(request, "backoffice/frame/shortcuts.html", context)


ROOM = Room(
    pages=(
        Page(
            "profile/keys",
            keyboard_shortcuts,
            "keyboard_shortcuts",
            PageRule(Access.ANY_STAFF, Access.ANY_STAFF),
        ),
    )
)
