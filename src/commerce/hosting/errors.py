"""What errors about services and servers say to a person: the text of each code."""

from django.utils.translation import gettext_lazy as _

ERRORS = {
    "server.group_too_long": _("A group has at most 100 characters."),
    "server.max_accounts_out_of_range": _(
        "Give a number of accounts from 0 (no limit) to %(maximum)s."
    ),
    "server.module_unknown": _("There is no module %(name)s. Known: %(known)s."),
    "server.name_not_valid": _("Give the server a name of 1 to 100 characters."),
    "server.name_taken": _("A server has this name already."),
    "server.nameservers_not_valid": _("Give 2 to 4 different nameservers, or none."),
    "server.no_hostname": _("Give a host name such as web1.example.net."),
    "server.panel_url_not_valid": _("Give an address such as https://web1.example.net:2083."),
    "service.account_taken": _("Another service has this account."),
    "service.amount_negative": _("The amount must not be negative."),
    "service.cancel_day_passed": _("The day of cancellation must not be in the past."),
    "service.ended_is_not_due": _("What has ended is not due any more."),
    "service.label_not_valid": _("Give the service a name of 1 to 100 characters."),
    "service.move_not_allowed": _("This service is %(status)s; it cannot become %(to)s."),
    "service.no_due_date": _("Say when it is due next."),
    "service.no_period": _("This service has no period that could be paid."),
    "service.no_username": _("Give the user name of the account."),
    "service.nothing_changed": _("Nothing changes by this."),
    "service.paid_once_is_not_due": _("A service that is paid once has no next due date."),
    "service.server_unknown": _("There is no server %(name)s."),
    "service.text_too_long": _("At most %(most)s characters."),
    "service.username_too_long": _("A user name has at most 32 characters."),
    "service.wrong_status": _("This service is %(status)s."),
}
