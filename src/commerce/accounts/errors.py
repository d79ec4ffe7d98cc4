"""What errors about users, clients and their members say to a person: the text of each code."""

from django.utils.translation import gettext_lazy as _

ERRORS = {
    "api_token.address_within_network": _(
        "%(address)s is an address within a network; did you mean %(network)s?"
    ),
    "api_token.already_made": _("This form has made the token %(name)s already."),
    "api_token.expiry_in_past": _("The expiry date must not be in the past."),
    "api_token.name_not_valid": _("Give the token a name of 1 to 100 characters."),
    "api_token.name_taken": _("A live token has this name already."),
    "api_token.no_scope": _("Choose at least one of the scopes offered."),
    "api_token.not_a_network": _("%(text)s is not a network such as 203.0.113.0/24."),
    "api_token.too_many": _("At most %(maximum)d live tokens are possible; revoke one first."),
    "api_token.too_many_networks": _("At most %(maximum)d networks are possible."),
    "authenticator.already_set_up": _("An authenticator app is set up already."),
    "authenticator.changed_meanwhile": _("Another factor was removed meanwhile. Try again."),
    "authenticator.code_wrong": _("This code is not right, or was used before."),
    "authenticator.setup_code_wrong": _("This code is not right. Check the clock of your device."),
    "client.api_rate_out_of_range": _("Choose from 1 to %(maximum)d requests a minute."),
    "client.closing_needs_reason": _("Closing a client needs a reason."),
    "client.email_not_valid": _("Enter a valid billing email address."),
    "client.name_missing": _("Enter a first name and a last name."),
    "client.not_exempt": _("This client is not exempt."),
    "client.nothing_changed": _("Nothing changes by this."),
    "client.phone_not_valid": _("Use only digits, spaces, and + - ( ) . / in a phone number."),
    "client.tax_number_not_valid": _(
        "This is not a VAT number. Give it in a form such as %(form)s."
    ),
    "client.text_too_long": _("Shorten the %(label)s to at most %(maximum)d characters."),
    "client_group.colour_not_valid": _("A colour is written as #3366cc."),
    "client_group.discount_out_of_range": _("A discount is 0 to 100 %%."),
    "client_group.name_taken": _("A client group has this name already."),
    "custom_field.has_staff_values": _(
        "Staff wrote values into this field for themselves; clients would read them."
    ),
    "custom_field.in_use": _(
        "%(name)s has a value for %(count)s of the clients; remove it with values."
    ),
    "custom_field.name_not_valid": _("A field needs a name of up to %(maximum)s characters."),
    "custom_field.name_taken": _("There is a field %(name)s already."),
    "custom_field.option_not_valid": _("An option has 1 to %(maximum)s characters."),
    "custom_field.options_in_use": _("Clients have one of these, so they stay: %(options)s."),
    "custom_field.options_not_valid": _(
        "A dropdown has 1 to %(maximum)s options, each of them once."
    ),
    "custom_field.position_out_of_range": _("A position is 0 to %(maximum)s."),
    "custom_field.removed": _("This field was removed meanwhile."),
    "custom_field.staff_only_is_not_shown": _(
        "An admin-only field cannot be shown on registration, order or invoice."
    ),
    "custom_field.takes_no_options": _("Only a dropdown has options."),
    "custom_field.type_in_use": _("Clients have values in this field, so its type stays."),
    "custom_field.type_unknown": _("The type of a field is one of %(types)s."),
    "custom_value.missing": _("%(name)s is required."),
    "custom_value.not_a_day": _("%(name)s takes a day, written as 2026-12-31."),
    "custom_value.not_an_option": _("%(name)s takes one of these: %(options)s."),
    "custom_value.not_yes_or_no": _("%(name)s is yes or no."),
    "custom_value.too_long": _("%(name)s takes at most %(maximum)d characters."),
    "exemption.day_passed": _("This day has passed."),
    "exemption.reason_too_long": _("Say why, in up to 200 characters."),
    "invitation.already_member": _("You are a member already."),
    "invitation.already_open": _("An invitation to this address is open already."),
    "invitation.client_not_active": _(
        "The account you are invited to takes no new members at the moment."
    ),
    "invitation.expired": _("This invitation is too old."),
    "invitation.other_address": _("This invitation was meant for another address."),
    "invitation.too_many_open": _(
        "At most %(maximum)d invitations can be open; withdraw one first."
    ),
    "locale.not_offered": _("Choose one of the languages offered."),
    "mail.group_unknown": _("Choose among the groups offered."),
    "member.exists": _("This person is a member already."),
    "member.last_owner": _(
        "There must always be one owner who can sign in. Make somebody else an owner first."
    ),
    "member.removed": _("This person is no member any more."),
    "membership.no_rights": _("Tick at least one right."),
    "membership.role_unknown": _("Choose one of the roles offered."),
    "passkey.too_many": _("You have %(number)d passkeys; remove one first."),
    "password.changed_meanwhile": _("The password was changed by somebody else just now."),
    "password.too_long": _("Use at most %(maximum)d characters."),
    "password.too_weak": _("%(problems)s"),
    "recovery_code.already_replaced": _(
        "New recovery codes were made already. The former ones are void."
    ),
    "recovery_code.without_factor": _("Set up a factor first; recovery codes stand in for it."),
    "right.missing": _("This needs the right %(right)s."),
    "right.owner_only": _("Only an owner can have %(rights)s."),
    "right.unknown": _("Choose among the rights offered."),
    "user.email_taken": _("This e-mail address is taken."),
    "user.email_unchanged": _("This is your address already."),
    "user.name_not_valid": _("Give a name of 1 to 100 characters."),
    "user.time_zone_not_offered": _("Choose one of the time zones offered."),
}
