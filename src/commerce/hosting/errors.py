"""What errors about services and servers say to a person: the text of each code."""

from django.utils.translation import gettext_lazy as _

ERRORS = {
    "client.no_active_services": _("This client has no active services."),
    "server.already_off": _("This server already gets no new accounts."),
    "server.already_on": _("This server already gets new accounts."),
    "server.fingerprint_not_valid": _(
        "Enter the SHA-256 fingerprint of the certificate: 64 hexadecimal digits."
    ),
    "server.has_services": _("Only a server without services can be deleted."),
    "server.ip_address_not_valid": _("Enter an %(kind)s address, or leave it empty."),
    "server.max_accounts_out_of_range": _(
        "Enter a number of accounts from 0 (no limit) to %(maximum)s."
    ),
    "server.module_unknown": _("Module %(name)s not found. Available modules: %(known)s."),
    "server.name_not_valid": _("Enter a server name of 1 to 100 characters."),
    "server.name_taken": _("A server with this name already exists."),
    "server.nameservers_not_valid": _("Enter 2 to 4 different nameservers, or none."),
    "server.no_certificate": _("%(server)s shows no certificate: %(problem)s"),
    "server.no_credentials": _("The module of this server needs no credentials."),
    "server.no_failed_jobs": _("No jobs need attention."),
    "server.no_hostname": _("Enter a hostname such as web1.example.net."),
    "server.no_trouble": _("The server's last answer was fine."),
    "server.none_missing": _("No accounts were found missing on this server."),
    "server.none_there": _("Server %(name)s not found. No servers have been added yet."),
    "server.not_tried": _(
        "%(server)s couldn't be asked for your accounts with these settings: %(problem)s"
    ),
    "server.nothing_to_ask": _("This server is managed by hand: there is nothing to ask."),
    "server.other_machine": _(
        "%(server)s has %(found)s of %(asked)s accounts that it was asked for. Another machine may be answering."
    ),
    "server.panel_url_not_valid": _("Enter a URL such as https://web1.example.net:2083."),
    "server.port_out_of_range": _("Enter a port from 1 to 65535, or 0 for the module's own."),
    "server.setting_missing": _("%(label)s is required."),
    "server.setting_too_long": _("Shorten %(label)s to %(maximum)d characters or fewer."),
    "server.setting_unknown": _("%(name)s isn't a setting of this module. Settings: %(known)s."),
    "server.test_failed": _("%(server)s doesn't work: %(problem)s"),
    "server.unknown": _("Server %(name)s not found. Available servers: %(known)s."),
    "service.account_taken": _("Another service already uses this account."),
    "service.already_requested": _("This is already under way."),
    "service.cancel_day_passed": _("The cancellation date can't be in the past."),
    "service.ended_is_not_due": _("This service has ended, so it can't have a next due date."),
    "service.has_account": _("This service already has an account."),
    "service.has_ended": _("This service has ended."),
    "service.no_due_date": _("Enter the next due date."),
    "service.no_panel": _("This service has no control panel to ask."),
    "service.no_panel_link": _("The control panel didn't answer. Try again in a few minutes."),
    "service.no_password": _(
        "The password has already been shown. Set a new password to see one again."
    ),
    "service.no_period": _("This service has no billing period to pay for."),
    "service.no_username": _("Enter the account's username."),
    "service.not_active": _("This service isn't active."),
    "service.not_set_up": _("This service hasn't been set up yet."),
    "service.not_suspended": _("This service isn't suspended."),
    "service.nothing_changed": _("Nothing to change: all values are the same as before."),
    "service.paid_once_is_not_due": _("One-time services don't have a next due date."),
    "service.panel_cannot": _("The control panel of this service can't do that."),
    "service.password_being_set": _("A new password is being set. You can see it in a moment."),
    "service.server_unknown": _("Server %(name)s not found."),
    "service.status_not_settable": _("The service already has this status. Choose another one."),
    "service.suspended_until_not_valid": _(
        "Choose a day after today, at most %(days)s days ahead."
    ),
    "service.text_too_long": _("Enter %(most)s characters or fewer."),
}
