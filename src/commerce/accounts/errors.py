"""What errors about users, clients and their members say to a person: the text of each code."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy as _n

from commerce.kit.errors import TwoTexts

ERRORS = {
    "api_token.address_within_network": _(
        "%(address)s is an address within a network. Did you mean %(network)s?"
    ),
    "api_token.already_made": _("You've already created the token %(name)s with this form."),
    "api_token.ended": _("The token %(name)s has already ended."),
    "api_token.expiry_in_past": _("The expiry date can't be in the past."),
    "api_token.limits_not_valid": _(
        "The limit for one purchase can't be higher than the limit for 30 days."
    ),
    "api_token.name_not_valid": _("Enter a token name of 1 to 100 characters."),
    "api_token.name_taken": _(
        "An active token with this name already exists. Choose another name."
    ),
    "api_token.no_scope": _("Select at least one scope."),
    "api_token.not_a_network": _(
        "%(text)s isn't a valid network. Enter one such as 203.0.113.0/24."
    ),
    "api_token.record_unknown": _("Select services, domains, and zones from the list."),
    "api_token.scope_of_all": _(
        "A token for selected services, domains, or zones can't have these scopes: %(scopes)s. Clear them."
    ),
    "api_token.too_many": _n(
        "You can have %(maximum)d active token. Revoke it to create another.",
        "You can have up to %(maximum)d active tokens. Revoke one to create another.",
        "maximum",
    ),
    "api_token.too_many_bindings": _n(
        "Select at most %(maximum)s service, domain, or zone.",
        "Select at most %(maximum)s services, domains, and zones.",
        "maximum",
    ),
    "api_token.too_many_networks": _n(
        "Enter up to %(maximum)d network.",
        "Enter up to %(maximum)d networks.",
        "maximum",
    ),
    "authenticator.already_set_up": _("An authenticator app is already set up."),
    "authenticator.changed_meanwhile": _("Another two-factor method was just removed. Try again."),
    "authenticator.code_wrong": _("This code is incorrect or was already used. Enter a new code."),
    "authenticator.none": _("This person has no two-factor authentication set up."),
    "authenticator.setup_code_wrong": _(
        "Incorrect code. Make sure the clock on your device is right, then enter a new code."
    ),
    "bulk_action.already_started": _("This bulk action was already started."),
    "bulk_action.cannot_be_undone": _("This can no longer be undone."),
    "bulk_action.failed": _("Something went wrong. Nothing was changed."),
    "bulk_action.mails_sent": _("Its email was already sent."),
    "bulk_action.not_checked": _("The records are still being checked."),
    "bulk_action.not_own": _("Only the person who prepared this can do that."),
    "bulk_action.not_running": _("This bulk action isn't running."),
    "bulk_action.nothing_chosen": _("Select at least one row."),
    "bulk_action.nothing_possible": _("This can't be done to any of the selected records."),
    "bulk_action.record_gone": _("This record was deleted."),
    "bulk_action.stopped": _("The bulk action was stopped before this record."),
    "bulk_action.too_many": _(
        "Select %(maximum)s records or fewer. Narrow the list with a search or filters."
    ),
    "client.already_active": _("This client is already active."),
    "client.already_closed": _("This account is closed."),
    "client.ambiguous": _(
        "Several clients have the billing email %(text)s. Use a client ID instead:%(clients)s"
    ),
    "client.closed_to_staff": _("This account is closed. You can't sign in as it."),
    "client.closing_needs_reason": _("Enter a reason for closing the account."),
    "client.dunning_off": _("Dunning is already off."),
    "client.dunning_on": _("Dunning is already on."),
    "client.email_not_valid": _("Enter a valid billing email address."),
    "client.erased": _("This client's data was erased. The account can't be reopened."),
    "client.name_missing": _("Enter a first name and a last name."),
    "client.not_active": _("Only active clients can be suspended."),
    "client.not_exempt": _("This client isn't exempt from tax."),
    "client.nothing_changed": _("Nothing to change: all values are the same as before."),
    "client.phone_not_valid": _("Use only digits, spaces, and + - ( ) . / in a phone number."),
    "client.tax_number_not_valid": _(
        "This tax ID isn't valid. Enter a VAT number such as %(form)s."
    ),
    "client.text_too_long": _("Shorten %(label)s to %(maximum)s characters or fewer."),
    "client.unknown": _("No client with the ID or billing email %(text)s."),
    "client_group.color_not_valid": _("Enter a color such as #3366cc."),
    "client_group.deleted": _("This client group has been deleted."),
    "client_group.in_use": _(
        "This group still has clients (%(count)s). Move them to another group first."
    ),
    "client_group.name_taken": _("A client group with this name already exists."),
    "client_group.unknown": _("Client group %(text)s not found."),
    "client_note.changed": _("This note was changed or deleted in the meantime."),
    "client_note.deleted": _("This note has been deleted."),
    "client_tag.color_not_valid": _("Enter a color for the tag, such as #3366cc."),
    "client_tag.deleted": _("This tag has been deleted."),
    "client_tag.name_taken": _("A tag named %(name)s already exists."),
    "client_tag.none": _("There are no tags yet."),
    "client_tag.unknown": _("There is no tag named %(name)s."),
    "custom_field.has_staff_values": _(
        "This field has values that staff entered for internal use. Showing it to clients "
        "would reveal them."
    ),
    "custom_field.name_taken": _("A field named %(name)s already exists."),
    "custom_field.none": _("There are no custom fields yet."),
    "custom_field.options_in_use": _(
        "These options are in use by clients and can't be removed: %(options)s."
    ),
    "custom_field.options_not_valid": _(
        "Enter 1 to %(maximum)s different options for the dropdown."
    ),
    "custom_field.removed": _("This field has been deleted."),
    "custom_field.staff_only_is_not_shown": _(
        "A staff-only field can't be shown at registration, on orders, or on invoices."
    ),
    "custom_field.takes_no_options": _("Only dropdown fields have options."),
    "custom_field.type_in_use": _(
        "The field type can't be changed because clients have values in it."
    ),
    "custom_value.missing": _("Enter %(name)s."),
    "custom_value.not_a_day": _("Enter a date such as 2026-12-31 for %(name)s."),
    "custom_value.not_an_option": _("Select one of these options for %(name)s: %(options)s."),
    "custom_value.not_yes_or_no": _("Select yes or no for %(name)s."),
    "custom_value.too_long": _("Shorten %(name)s to %(maximum)d characters or fewer."),
    "data_export.too_many": _n(
        "You can export your data %(maximum)d time in 30 days.",
        "You can export your data %(maximum)d times in 30 days.",
        "maximum",
    ),
    "data_export.under_way": _("An export is already being prepared."),
    "erasure.already_requested": _("Erasure of this data has already been requested."),
    "erasure.blocked": _(
        "The data can't be erased yet, because these are still open: %(records)s."
    ),
    "erasure.none_open": _("There's no erasure request to withdraw."),
    "erasure.requested_and_blocked": _(
        "Erasure was requested, and is blocked by these: %(records)s."
    ),
    "exemption.day_passed": _("Enter a date in the future."),
    "idempotency.in_progress": _("A request with this key is still running. Try again shortly."),
    "idempotency.key_reused": _("This key was already used with another request."),
    "invitation.already_member": _("You're already a member of this account."),
    "invitation.already_open": _("This email address already has a pending invitation."),
    "invitation.client_not_active": TwoTexts(
        member=_("This account isn't accepting new members right now."),
        staff=_("Reactivate the client first."),
    ),
    "invitation.expired": _("This invitation has expired. Ask for a new one."),
    "invitation.not_open": _("This invitation is no longer pending."),
    "invitation.other_address": _(
        "This invitation was sent to another email address. Sign in with that address to accept it."
    ),
    "invitation.too_many_open": _n(
        "You can have %(maximum)d pending invitation. Withdraw it to send another.",
        "You can have up to %(maximum)d pending invitations. Withdraw one to send another.",
        "maximum",
    ),
    "list_export.under_way": _(
        "Your last export is still being prepared. We'll email you when it's ready."
    ),
    "locale.not_offered": _("Select a language from the list."),
    "machine_account.active": _("This machine account is already active."),
    "machine_account.inactive": _("This machine account is deactivated."),
    "machine_account.name_is_address": _(
        "Enter a name without @: an email address looks like a person in the audit log."
    ),
    "machine_account.name_taken": _("A machine account with this name already exists."),
    "machine_account.not_found": _("There is no machine account %(name)s."),
    "machine_account.not_owner": _("Its owner alone creates its tokens."),
    "machine_account.owner_inactive": _("Select a person who can sign in to the staff area."),
    "machine_account.super_admin": _("No machine account is a super admin. Select another role."),
    "mail.group_unknown": _("Select from the email preferences listed."),
    "member.exists": _("This person is already a member."),
    "member.is_staff": _("This person is staff. Manage their sign-in and rights under Staff."),
    "member.last_owner": _(
        "An account needs at least one owner who can sign in. Make someone else an owner first."
    ),
    "member.no_sessions": _("This person isn't signed in anywhere."),
    "member.removed": _("This person is no longer a member."),
    "membership.no_rights": _("Select at least one permission."),
    "membership.role_unknown": _("Select a role from the list."),
    "metadata.key_not_valid": _n(
        "A metadata key has 1 to %(most)d character.",
        "A metadata key has 1 to %(most)d characters.",
        "most",
    ),
    "metadata.too_many": _n(
        "A record has up to %(most)d pair of metadata.",
        "A record has up to %(most)d pairs of metadata.",
        "most",
    ),
    "metadata.value_not_valid": _n(
        "This has 1 to %(most)d character on one line.",
        "This has 1 to %(most)d characters on one line.",
        "most",
    ),
    "open_work.snooze_not_valid": _("Select a time within the next %(days)d days."),
    "open_work.taken": _("%(name)s has taken this. Ask them, or wait until it's open again."),
    "passkey.too_many": _n(
        "You already have %(number)d passkey. Remove it to add another.",
        "You already have %(number)d passkeys. Remove one to add another.",
        "number",
    ),
    "password.changed_meanwhile": _(
        "Your password was just changed in another session. Try again."
    ),
    "password.too_long": _n(
        "Use at most %(maximum)d character.",
        "Use at most %(maximum)d characters.",
        "maximum",
    ),
    "password.too_weak": _("%(problems)s"),
    "recovery_code.already_replaced": _(
        "New recovery codes have already been generated. The previous codes no longer work."
    ),
    "recovery_code.without_factor": _(
        "Set up two-factor authentication first. Recovery codes are a backup for it."
    ),
    "right.missing": _(
        "You need the permission %(right)s to do this. Ask an owner of the account."
    ),
    "right.owner_only": _("Only owners can have these permissions: %(rights)s."),
    "right.unknown": _("Select permissions from the list."),
    "saved_view.deleted": _("This view was deleted."),
    "saved_view.name_not_valid": _("Enter a name of up to %(maximum)d characters."),
    "saved_view.name_taken": _("You already have a view with this name."),
    "saved_view.too_long": _("These filters are too long to save."),
    "saved_view.too_many": _("You can save up to %(maximum)d views of a list. Delete one first."),
    "staff.already_active": _("This person is already active."),
    "staff.already_inactive": _("This person is already deactivated."),
    "staff.daily_limit": _("This would give away %(amount)s. Your role has %(left)s left today."),
    "staff.deleted": _("This person is no longer staff."),
    "staff.email_not_verified": _(
        "This address belongs to an account that hasn't confirmed it. Ask them to confirm it first."
    ),
    "staff.exists": _("This person is already staff."),
    "staff.has_all_permissions": _("A super admin has every permission."),
    "staff.has_password": _("This person has accepted the invitation already."),
    "staff.last_super_admin": _(
        "There must be at least one active super admin. Make someone else a super admin first."
    ),
    "staff.name_missing": _("Enter the person's first and last name."),
    "staff.not_found": _("There is no staff person with the email address %(email)s."),
    "staff.own_record": _("You can't change your own staff record. Ask another super admin."),
    "staff.owns_machine_accounts": _n(
        "This person owns %(count)d machine account. Give it another owner first.",
        "This person owns %(count)d machine accounts. Give them another owner first.",
        "count",
    ),
    "staff.permission_of_role": _(
        "The person's role has %(permission)s. Give them another role, or edit the role."
    ),
    "staff.role_unknown": _("Select a staff role from the list."),
    "staff.super_admin_exists": _(
        "There is already a super admin. Further staff are added in the staff area."
    ),
    "staff.super_admin_only": _("Only a super admin can do this."),
    "staff_role.changes_people": _n(
        "This changes what %(count)d person may do:\n%(people)s",
        "This changes what %(count)d people may do:\n%(people)s",
        "count",
    ),
    "staff_role.fixed": _("The super admin role can't be changed."),
    "staff_role.has_more": _(
        "You can't change this role: it has permissions you don't have (%(permissions)s)."
    ),
    "staff_role.in_use": _n(
        "%(count)d person still has this role. Give them another role first.",
        "%(count)d people still have this role. Give them another role first.",
        "count",
    ),
    "staff_role.limit_above_own": _(
        "Your own daily limit is %(limit)s. You can't give a role with a higher one, or without one."
    ),
    "staff_role.name_taken": _("A role with this name already exists."),
    "staff_role.own": _("You can't change your own role. Ask another super admin."),
    "staff_role.shipped": _(
        "This role comes with the installation. It can be changed, but not deleted."
    ),
    "staff_token.act_not_given": _(
        "This token can't do %(act)s: it asks for your password, and the token can only do what it was given by name."
    ),
    "staff_token.act_unknown": _("There is no action %(act)s that asks for your password."),
    "staff_token.expiry_not_valid": _n(
        "Choose a last day that is at most %(days)d day ahead.",
        "Choose a last day that is at most %(days)d days ahead.",
        "days",
    ),
    "staff_token.never": _("No token can do this. Do it in the staff area."),
    "staff_token.no_permission": _("Select at least one permission for the token."),
    "staff_token.no_second_factor": _(
        "Set up two-factor authentication first, on the page of your profile."
    ),
    "staff_token.spending_limit": _(
        "This would give away %(amount)s. The token has %(left)s left of its 30 days."
    ),
    "staff_token.unknown": _("There is no staff API token %(id)s."),
    "token.rotated_recently": _(
        "The token got a new secret less than an hour ago. Try again later, or revoke it if its secret is known to "
        "others."
    ),
    "token.spending_limit": _(
        "This would commit you to another %(amount)s. The token may spend %(per_act)s at once, and has %(left)s left "
        "of its 30 days."
    ),
    "user.already_verified": _("This email address is already verified."),
    "user.email_taken": _("This email address is already in use."),
    "user.email_unchanged": _("This is already your email address."),
    "user.inactive": _("This person can't sign in."),
    "user.name_not_valid": _("Enter a name of 1 to 100 characters."),
    "user.time_zone_not_offered": _("Select a time zone from the list."),
}
