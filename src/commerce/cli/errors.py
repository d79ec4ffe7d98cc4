"""What errors about what was typed at the command line say to a person: the text of each code.

Commands speak English, also before there are settings: their texts are marked, not translated.
"""

from commerce.kit.errors import mark_text as _

ERRORS = {
    "api_token.not_live": _("Token %(id)s, %(name)s, is %(status)s already."),
    "api_token.unknown": _("There is no token %(id)s."),
    "backup.exists": _("%(problem)s. A backup never overwrites anything."),
    "backup.key_missing": _(
        "%(variable)s lacks a key of the backup: what is encrypted in it could not be read. "
        "Add what is in its ring.key, or take the variable away."
    ),
    "backup.keys_missing": _(
        "%(variable)s lacks keys of the backup: what is encrypted in it could not be read. "
        "Add what is in its ring.key, or take the variable away."
    ),
    "backup.newer_release": _(
        "The backup was made by a newer release (%(newer)s; this is %(release)s): it knows "
        "%(migration)s, which this one does not. Install that release first."
    ),
    "backup.not_restorable": _("%(path)s cannot be restored: %(problem)s."),
    "backup.not_writable": _("%(path)s cannot be written: %(problem)s."),
    "backup.other_database": _(
        "The backup holds a database of %(backup)s, and COMMERCE_DATABASE_URL names one of "
        "%(database)s."
    ),
    "backup.other_key": _(
        "%(path)s is another key than the backup's. Nothing is overwritten: move it away if "
        "nothing needs it."
    ),
    "backup.to_screen": _(
        "A backup is not for the screen. Give a file, or a program behind a pipe."
    ),
    "backup.without_keys": _(
        "The backup holds no keys. Put the key ring into %(path)s, or give %(variable)s: what"
        " is encrypted in the database could not be read."
    ),
    "cancellation.none_open": _("No cancellation of service %(service)s is open."),
    "client.ambiguous": _(
        "Several clients have the billing e-mail %(text)s; name one by its id:%(clients)s"
    ),
    "client.api_rate_unreadable": _(
        "%(text)s is not a number of requests a minute, such as 120, or default."
    ),
    "client.no_active_owner": _("Client %(id)s, %(name)s, does not have an active owner."),
    "client.no_such_member": _(
        "Client %(id)s, %(name)s, does not have the active member %(email)s."
    ),
    "client.nothing_to_change": _("Say what to change, such as --postcode 10115."),
    "client.unknown": _("There is no client with the id or billing e-mail %(text)s."),
    "client_group.unknown": _(
        "There is no client group %(text)s. `commerce client-group list` has them all."
    ),
    "command.answers_missing": _(
        "Nobody can be asked here: this is not a terminal. Add these options, or --yes for "
        "those with a value.%(options)s"
    ),
    "command.day_unreadable": _('%(text)s is not a day such as 2030-01-31, nor "none".'),
    "command.file_unreadable": _("%(path)s cannot be read as UTF-8 text."),
    "command.limit_unreadable": _('%(text)s is not a whole number, nor "none".'),
    "command.not_confirmed": _("%(question)s Say --yes if that is right."),
    "command.nothing_to_change": _("Say what to change; --help lists what can be."),
    "command.pair_unreadable": _("%(text)s has no = in it; write FIELD=VALUE."),
    "command.percentage_out_of_range": _(
        "%(text)s is not a percentage from 0 to 100 with at most two decimals."
    ),
    "command.percentage_unreadable": _("%(text)s is not a percentage such as 12.5."),
    "command.qty_unreadable": _("%(text)s is not a quantity."),
    "command.until_or_lift": _("Say either --until DATE or --lift."),
    "credit_note.amount_or_lines": _("Say either an amount or lines."),
    "credit_note.line_unreadable": _(
        "%(text)s is not a line. Such as 2, or 2=5.00 for a part (net)."
    ),
    "currency.not_listed": _(
        "%(currency)s is not a currency of this installation. `commerce currency list` has "
        "them all."
    ),
    "currency.rate_unreadable": _("%(text)s is not a rate such as 1.17."),
    "custom_field.unknown": _(
        "There is no custom field %(text)s. `commerce field list` has them all."
    ),
    "daily_run.day_in_future": _("A future day needs --dry-run, or COMMERCE_TEST_MODE=1."),
    "demo.database_in_use": _(
        "This database holds data that is not a demo's. Point COMMERCE_DATA_DIR (and "
        "COMMERCE_DATABASE_URL, if it is set) somewhere else."
    ),
    "demo.port_taken": _(
        "Port %(port)s is taken by another program on ::1. Choose one: --port 9443"
    ),
    "document.has_problem": _("%(number)s has a problem."),
    "document.unknown": _("There is no invoice or credit note %(number)s."),
    "faq_entry.two_answers": _("Give the answer or a file, not both."),
    "faq_entry.unknown": _("There is no question %(id)s. `commerce faq list` shows them."),
    "installation.not_up_to_date": _("The database is not up to date. Run: commerce migrate"),
    "installation.secrets_unreadable": _("%(problem)s %(hint)s"),
    "invoice.decision_unreadable": _(
        "%(text)s is not a decision. Such as service:7=bill_again, waive or end."
    ),
    "invoice.line_unreadable": _(
        "%(text)s is not a line. Such as 'Setting up=2.5x80.00' or 'Discount=-5.00'."
    ),
    "invoice.nothing_to_change": _("Say what to change: --line, --notes or --due."),
    "invoice.periods_undecided": _(
        "Invoice %(invoice)s bills periods that are open. Say for each: bill it again with "
        "the next daily run, waive it, or end the service.%(periods)s"
    ),
    "invoice.tax_kind_unknown": _("%(tax_kind)s is not what a line can be taxed as: %(known)s."),
    "invoice.unknown": _(
        "There is no invoice %(text)s. Money of which the invoice is not known: commerce "
        "payment unallocated record"
    ),
    "job.unknown": _("There is no job %(id)s."),
    "mail.event_unknown": _(
        "There is no event %(event)s. `commerce mail template list` has them all."
    ),
    "mail.no_company_address": _(
        "Set the company's address first: commerce setting set company.email ADDRESS"
    ),
    "mail.not_sent": _("It could not be sent: %(problem)s"),
    "mail.server_refuses": _("The mail server %(server)s cannot be used: %(problem)s"),
    "mail.status_unknown": _("There are mails %(statuses)s."),
    "mail.unknown": _("There is no mail %(id)s."),
    "mail.url_not_valid": _("%(problem)s"),
    "option.unknown": _("There is no option %(id)s. `commerce option list` has them all."),
    "option.value_unknown": _("There is no value %(id)s. `commerce option list` has them all."),
    "option_group.unknown": _(
        "There is no option group %(text)s. `commerce option list` has them all."
    ),
    "order.domain_twice": _("%(domain)s is in the order already."),
    "order.domain_without_options": _("%(item)s is a domain name and has no options."),
    "order.extra_field_unknown": _(
        "The registry of %(domain)s asks for %(known)s, not for %(name)s."
    ),
    "order.holder_field_unknown": _("A holder has no %(name)s, but %(known)s."),
    "order.holder_not_valid": _("The holder needs a right %(names)s: --holder %(first)s=…."),
    "order.holder_phone_not_valid": _(
        "The holder needs a right %(names)s: --holder %(first)s=… (a phone is written +49.301234)."
    ),
    "order.item_ambiguous": _(
        "%(item)s is in the order more than once; write %(item)s#1 or %(item)s#2."
    ),
    "order.item_not_a_domain": _("%(item)s is a product; only a domain name has that."),
    "order.item_unknown": _("%(item)s is not in the order, which has %(known)s."),
    "order.item_unreadable": _("%(text)s has too many parts; write SLUG:CYCLE[:QTY[:DOMAIN]]."),
    "order.option_twice": _("%(option)s of %(item)s is given twice."),
    "order.option_unknown": _("%(item)s has no option %(option)s. Its options: %(known)s."),
    "order.option_unreadable": _("%(item)s:%(text)s is not an option; write ITEM:NAME=VALUE."),
    "order.option_value_unknown": _("%(option)s is not offered with %(value)s; choose %(known)s."),
    "order.price_twice": _("The price of %(item)s is given twice."),
    "order.product_not_on_sale": _("There is no product %(slug)s on sale."),
    "order.transfer_without_years": _("A transfer has no years; write %(text)s."),
    "order.unknown": _("There is no order %(text)s."),
    "payment.unknown": _("There is no payment %(id)s."),
    "plan_change.none_open": _("No plan change of service %(service)s is open."),
    "price_change.item_unknown": _("There is no %(kind)s %(missing)s."),
    "price_change.nothing_chosen": _(
        "Say which %(kind)s, or --all. `commerce reprice %(kind)s --help` lists the ways."
    ),
    "price_change.unknown": _(
        "There is no price change %(id)s. `commerce reprice list` has them all."
    ),
    "product.picture_or_remove": _("Give a file, or --remove."),
    "product.stock_unreadable": _('A stock is a whole number, or "unlimited".'),
    "product.unknown": _("There is no product %(slug)s. `commerce catalog list` has them all."),
    "product_group.unknown": _(
        "There is no product group %(slug)s. `commerce catalog groups` has them all."
    ),
    "promo_code.unknown": _(
        "There is no promo code %(promo_code)s. `commerce promo list` has them all."
    ),
    "server.none_there": _(
        "There is no server %(name)s. Known: none; commerce server add makes one."
    ),
    "server.unknown": _("There is no server %(name)s. Known: %(known)s."),
    "service.nothing_to_switch_off": _(
        "%(service)s is %(status)s; there is nothing to switch off."
    ),
    "service.nothing_to_switch_on": _("%(service)s is %(status)s; there is nothing to switch on."),
    "service.unknown": _("There is no service %(id)s."),
    "tax.rate_too_precise": _("A percentage has up to three decimals."),
    "tax.rate_unreadable": _("%(text)s is not a percentage such as 19 or 8.875."),
    "tax.rule_unknown": _("There is no tax rule %(id)s."),
    "transfer_notice.unknown": _("There is no transfer notice %(id)s."),
    "unallocated_payment.unknown": _("There is no unallocated payment %(id)s."),
}
