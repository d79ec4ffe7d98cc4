"""Whether what the settings name works: a test email to oneself, and the DNS server."""

from smtplib import SMTPException

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from commerce.backoffice.base.access import signed_in_staff, staff_context
from commerce.backoffice.settings.adapter_pages import told
from commerce.dns.servers.registry import check_server, required_dns_server
from commerce.jobs.manual import resume_remote
from commerce.kit.json_log import redact
from commerce.mail.delivery import send_sample_mail
from commerce.mail.mail_server import configured_mail_server
from commerce.portal.base.redirects import path_on_this_site, see_other

TEST_EVENT = "invoice_created"
"""Whose email with made-up values is sent as a test."""


def mail_test(request: HttpRequest) -> HttpResponseBase:
    """`/admin/settings/mail/test`: send a test email to oneself."""
    if request.method == "POST":
        send_test_mail(request)
    back = path_on_this_site(request.POST.get("next", ""))
    return see_other(back or reverse("admin:settings_group", args=["mail"]))


def send_test_mail(request: HttpRequest) -> None:
    """Send it now, and say what the mail server answered."""
    to = str(signed_in_staff(request))
    try:
        send_sample_mail(event=TEST_EVENT, to=to, locale=get_language() or "en")
    except (OSError, ValueError, SMTPException) as problem:
        words = _("The test email wasn't sent: %(problem)s")
        messages.error(request, words % {"problem": redact(str(problem))})
        return
    if configured_mail_server() is None:
        messages.warning(request, _("The test email was saved to a file: no mail server is set."))
    else:
        messages.success(request, _("Sent a test email to %(email)s.") % {"email": to})


def dns_test(request: HttpRequest) -> HttpResponseBase:
    """`/admin/settings/dns/test`: ask the DNS server for its version."""

    def test() -> str:
        server = required_dns_server()
        version = check_server(server)
        resume_remote(remote=f"dns {server.slug}", ctx=staff_context(request))
        words = _("%(name)s works (version %(version)s).")
        return words % {"name": server.name, "version": version}

    if request.method == "POST":
        told(request, test)
    return see_other(reverse("admin:settings_group", args=["dns"]))
