"""What errors about what was typed at the command line say to a person: the text of each code.

Commands speak English, also before there are settings: their texts are marked, not translated.
"""

from commerce.kit.errors import mark_text as _

ERRORS = {
    "api_token.unknown": _("Token %(id)s not found."),
    "backup.exists": _("%(problem)s. Choose another path; backups are never overwritten."),
    "backup.key_missing": _(
        "%(variable)s is missing a key of this backup, so encrypted data can't be read. Add "
        "the keys in the backup's ring.key, or unset the variable."
    ),
    "backup.keys_missing": _(
        "%(variable)s is missing keys of this backup, so encrypted data can't be read. Add "
        "the keys in the backup's ring.key, or unset the variable."
    ),
    "backup.newer_release": _(
        "This backup was made by release %(newer)s, which is newer than this one "
        "(%(release)s): migration %(migration)s is unknown here. Install that release first."
    ),
    "backup.not_restorable": _("Can't restore %(path)s: %(problem)s."),
    "backup.not_writable": _("Can't write %(path)s: %(problem)s."),
    "backup.other_database": _(
        "The backup contains a %(backup)s database, but COMMERCE_DATABASE_URL points to "
        "%(database)s."
    ),
    "backup.other_key": _(
        "%(path)s differs from the key in the backup. Move it away if you no longer need it; "
        "keys are never overwritten."
    ),
    "backup.to_screen": _(
        "Refusing to write a backup to the terminal. Specify a file, or pipe the output to a "
        "program."
    ),
    "backup.totals_differ": _(
        "The restored database doesn't hold what was backed up (backup / restored): "
        "%(differences)s. Don't use it."
    ),
    "backup.without_keys": _(
        "The backup doesn't contain keys, so encrypted data can't be read. Put the key ring "
        "into %(path)s, or set %(variable)s."
    ),
    "cancellation.none_open": _("Service %(service)s has no open cancellation."),
    "client.no_active_owner": _("Client %(id)s (%(name)s) has no active owner."),
    "client.no_such_member": _(
        "Client %(id)s (%(name)s) has no active member with the email %(email)s."
    ),
    "command.answers_missing": _(
        "Can't prompt because this isn't a terminal. Add these options, or --yes to accept "
        "the defaults:%(options)s"
    ),
    "command.code_not_confirmed": _("%(question)s Pass --confirm %(code)s to confirm."),
    "command.file_unreadable": _("Can't read %(path)s as UTF-8 text."),
    "command.limit_unreadable": _('%(text)s isn\'t a valid limit. Use a whole number, or "none".'),
    "command.not_confirmed": _("%(question)s Pass --yes to confirm."),
    "command.nothing_to_change": _("Specify what to change. See --help for the options."),
    "command.pair_unreadable": _("%(text)s isn't valid. Use FIELD=VALUE."),
    "command.qty_unreadable": _("%(text)s isn't a valid quantity."),
    "credit_note.amount_or_lines": _("Specify either an amount or lines."),
    "credit_note.line_unreadable": _(
        "%(text)s isn't a valid line. Use a line number such as 2, or 2=5.00 for part of it (net)."
    ),
    "custom_field.unknown": _(
        "Custom field %(text)s not found. List fields with `commerce field list`."
    ),
    "daily_run.day_in_future": _(
        "Running a future day requires --dry-run or COMMERCE_TEST_MODE=1."
    ),
    "demo.database_in_use": _(
        "This database contains data that isn't from a demo. Point COMMERCE_DATA_DIR (and "
        "COMMERCE_DATABASE_URL, if set) somewhere else."
    ),
    "demo.port_taken": _(
        "Port %(port)s on ::1 is already in use by another program. Choose another port, such "
        "as --port 9443."
    ),
    "dispute.unknown": _("Dispute %(id)s not found."),
    "document.has_problem": _("%(number)s failed verification."),
    "document.unknown": _("Invoice or credit note %(number)s not found."),
    "domain.contact_field_unknown": _("%(text)s isn't FIELD=VALUE. Fields: %(known)s."),
    "domain.not_synced": _("Can't sync %(name)s: %(problem)s"),
    "domain.unknown": _("Domain %(text)s not found."),
    "faq_entry.unknown": _("Question %(id)s not found. List questions with `commerce faq list`."),
    "gateway.field_unknown": _(
        "%(field_name)s isn't a setting of this gateway. Available settings: %(known)s."
    ),
    "gateway.not_found": _("Gateway %(slug)s not found. Available gateways: %(known)s."),
    "gateway_event.unknown": _(
        "Event %(id)s not found. List events with `commerce gateway events`."
    ),
    "installation.half_moved": _(
        "This database is incomplete: `commerce move-database` hasn't finished. Run it again, or "
        "start on the old database."
    ),
    "installation.live_keys_in_test_mode": _("Test mode can't start. %(problem)s %(hint)s"),
    "installation.not_unicode": _(
        "This database stores text as %(encoding)s, which lacks the letters of many names. Create "
        "one with: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0"
    ),
    "installation.not_up_to_date": _("The database schema is out of date. Run `commerce migrate`."),
    "installation.secrets_unreadable": _("%(problem)s %(hint)s"),
    "invoice.decision_unreadable": _(
        "%(text)s isn't a valid decision. Use service:7=bill_again, service:7=waive, or "
        "service:7=end."
    ),
    "invoice.line_service_unreadable": _(
        "%(text)s isn't a service with days. Use a form such as 7:2030-06-01..2030-06-30."
    ),
    "invoice.line_unreadable": _(
        "%(text)s isn't a valid line. Use a form such as 'Setup=2.5x80.00' or 'Discount=-5.00'."
    ),
    "invoice.nothing_to_change": _("Specify what to change: --line, --notes, or --due."),
    "invoice.periods_undecided": _(
        "Invoice %(invoice)s bills periods that are still open. For each one, choose "
        "bill_again (with the next daily run), waive, or end (the service).%(periods)s"
    ),
    "invoice.tax_kind_unknown": _("%(tax_kind)s isn't a tax kind. Use one of: %(known)s."),
    "job.unknown": _("Job %(id)s not found."),
    "mail.event_unknown": _(
        "Event %(event)s not found. List events with `commerce mail template list`."
    ),
    "mail.no_company_address": _(
        "The company has no email address. Set one with `commerce setting set company.email "
        "ADDRESS`."
    ),
    "mail.not_sent": _("Sending failed: %(problem)s"),
    "mail.server_refuses": _("Can't connect to the mail server %(server)s: %(problem)s"),
    "mail.status_unknown": _("Unknown status. Use one of: %(statuses)s."),
    "mail.unknown": _("Email %(id)s not found."),
    "mail.url_not_valid": _("%(problem)s"),
    "option.unknown": _("Option %(id)s not found. List options with `commerce option list`."),
    "option.value_unknown": _(
        "Option value %(id)s not found. List options with `commerce option list`."
    ),
    "option_group.unknown": _(
        "Option group %(text)s not found. List groups with `commerce option list`."
    ),
    "order.domain_twice": _("%(domain)s is already in the order."),
    "order.domain_without_options": _("%(item)s is a domain. Domains don't have options."),
    "order.extra_field_unknown": _(
        "The registry of %(domain)s doesn't accept %(name)s. Accepted fields: %(known)s."
    ),
    "order.holder_field_unknown": _(
        "Unknown registrant field %(name)s. Available fields: %(known)s."
    ),
    "order.holder_not_valid": _(
        "Registrant fields missing or not valid: %(names)s. Set them with --holder %(first)s=…."
    ),
    "order.holder_phone_not_valid": _(
        "Registrant fields missing or not valid: %(names)s. Set them with --holder "
        "%(first)s=… (write a phone number as +49.301234)."
    ),
    "order.item_ambiguous": _(
        "%(item)s is in the order more than once. Use %(item)s#1 or %(item)s#2."
    ),
    "order.item_not_a_domain": _("%(item)s is a product. This option is for domains only."),
    "order.item_unknown": _("%(item)s isn't in the order. Items: %(known)s."),
    "order.item_unreadable": _("%(text)s has too many parts. Use SLUG:CYCLE[:QTY[:DOMAIN]]."),
    "order.option_twice": _("Option %(option)s of %(item)s is specified more than once."),
    "order.option_unknown": _("%(item)s has no option %(option)s. Available options: %(known)s."),
    "order.option_unreadable": _("%(item)s:%(text)s isn't a valid option. Use ITEM:NAME=VALUE."),
    "order.option_value_unknown": _(
        "%(value)s isn't a value of %(option)s. Available values: %(known)s."
    ),
    "order.price_twice": _("The price of %(item)s is specified more than once."),
    "order.product_not_on_sale": _("Product %(slug)s isn't for sale."),
    "order.transfer_without_years": _("Transfers don't take a number of years. Use %(text)s."),
    "order.unknown": _("Order %(text)s not found."),
    "payment.unknown": _("Payment %(id)s not found."),
    "plan_change.unknown": _("Plan change %(id)s not found."),
    "price_change.item_unknown": _("Nothing active matches --%(kind)s %(missing)s."),
    "price_change.nothing_chosen": _(
        "Specify which %(kind)s to reprice, or --all. See `commerce reprice %(kind)s --help`."
    ),
    "price_change.unknown": _(
        "Price change %(id)s not found. List price changes with `commerce reprice list`."
    ),
    "product.picture_or_remove": _("Specify either a file or --remove."),
    "promo_code.unknown": _(
        "Promo code %(promo_code)s not found. List codes with `commerce promo list`."
    ),
    "registrar.field_unknown": _(
        "%(field_name)s isn't a setting of this registrar. Settings: %(known)s."
    ),
    "rehearsal.database_exists": _(
        "The database %(name)s already exists, and no rehearsal created it. Rename or drop it."
    ),
    "rehearsal.failed": _("%(path)s couldn't be restored and checked. %(problem)s"),
    "rehearsal.in_progress": _("Another rehearsal or comparison is in progress."),
    "rehearsal.no_backup": _("%(path)s contains no backup."),
    "rehearsal.no_database": _(
        "Can't create a scratch database: %(problem)s. Let the user of the database create "
        "databases (ALTER ROLE … CREATEDB)."
    ),
    "rehearsal.no_room": _(
        "This needs %(megabytes)s MB of free space in %(path)s. Free some, then try again."
    ),
    "rehearsal.step_failed": _("`commerce %(step)s` failed: %(output)s"),
    "release.file_unknown": _("The release has no file %(name)s. Available: %(files)s."),
    "release.host_unreadable": _("%(host)s isn't a host name."),
    "release.not_answering": _(
        "The server doesn't answer at %(server)s. Look at `journalctl -u commerce`, or go back: "
        "run this command with the name of the former release."
    ),
    "release.step_failed": _(
        "`commerce %(step)s` failed, so the old release stays in use. Correct what it says and run "
        "the upgrade again."
    ),
    "release.taken_back": _(
        "The server of the new release doesn't answer at %(server)s. %(release)s is in use again. "
        "Look at `journalctl -u commerce`."
    ),
    "release.unknown": _("There is no release %(name)s beside this one."),
    "release.upgrade_in_progress": _("Another upgrade is in progress on this machine."),
    "service.unknown": _("Service %(id)s not found."),
    "tax.rule_unknown": _("Tax rule %(id)s not found."),
    "transfer_notice.unknown": _("Transfer notice %(id)s not found."),
    "unallocated_payment.unknown": _("Unallocated payment %(id)s not found."),
}
