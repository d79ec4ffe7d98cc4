"""Every hook that one app gives another, as tables; what follows from an event stands in ``reactions.py``.

A lower app leaves a place open, since it must not know who fills it: which mails are no longer true, who makes an
attachment, what keeps a service suspended. ``connect`` fills those places, once, when the apps are ready.
"""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module

from django.conf import settings

from commerce.db.triggers import Trigger, refusing_triggers, register_triggers
from commerce.kit.errors import add_error_tables
from commerce.mail import hooks

HANDLER_MODULES = (
    "commerce.mail.delivery",
    "commerce.accounts.data_export.jobs",
    "commerce.billing.documents.jobs",
    "commerce.billing.tax.jobs",
    "commerce.hosting.handlers",
    "commerce.hosting.account_handlers",
    "commerce.hosting.server_handlers",
    "commerce.domains.handlers.registering",
    "commerce.domains.handlers.transferring",
    "commerce.domains.handlers.renewing",
    "commerce.domains.handlers.syncing",
    "commerce.domains.handlers.changes",
    "commerce.dns.handlers",
    "commerce.payments.handlers",
    "commerce.payments.card_jobs",
    "commerce.payments.event_jobs",
    "commerce.daily_steps",
)
"""Files whose functions are handlers of jobs: each registers its own when it is imported."""

ERROR_TABLES = (
    "commerce.audit.errors",
    "commerce.presentation.errors",
    "commerce.site_settings.errors",
    "commerce.jobs.errors",
    "commerce.mail.errors",
    "commerce.accounts.errors",
    "commerce.webhook_endpoints.errors",
    "commerce.catalog.errors",
    "commerce.runs.errors",
    "commerce.domains.errors",
    "commerce.hosting.errors",
    "commerce.support.errors",
    "commerce.dns.errors",
    "commerce.billing.errors",
    "commerce.payments.errors",
    "commerce.orders.errors",
    "commerce.consumers.errors",
    "commerce.proof.errors",
)
"""What the codes of errors say to a person. ``cli.root`` names those of the floors above."""


def connect() -> None:
    """Fill every place that an app left open. Called once, when the apps are ready: models are there only then."""
    for name in HANDLER_MODULES:
        import_module(name)
    add_error_tables(*ERROR_TABLES)
    register_triggers(*_triggers())
    _connect_mail()
    _connect_receipts()
    _connect_job_engine()
    _connect_job_words()
    _connect_plan_change_mails()
    _connect_gathered_mails()
    _connect_withdrawal_instruction()
    _connect_settings()
    _connect_accounts()
    _connect_services()
    _connect_amounts()
    _connect_erasure()
    _connect_data_export()


def _connect_job_engine() -> None:
    if settings.COMMERCE_TASKS:
        import_module("commerce.jobs.engine.carriers").use_carriers()  # loads the engine's package


def _connect_job_words() -> None:
    from commerce.billing.documents.jobs import describe_document_job
    from commerce.billing.tax.jobs import describe_client_job
    from commerce.dns.job_names import describe_zone_job
    from commerce.dns.servers.registry import describe_dns_server
    from commerce.domains.job_names import describe_domain_job
    from commerce.domains.registrars.registry import describe_registrar
    from commerce.hosting import job_names as hosting
    from commerce.jobs.words import register_job_words, register_remote_words
    from commerce.mail.mail_server import describe_mail_server
    from commerce.payments.gateways.registry import describe_gateway
    from commerce.payments.job_names import PAYMENT_JOB_SUBJECTS, describe_payment_job
    from commerce.runs.job_names import describe_range_job
    from commerce.runs.ranges import RANGE_SUBJECT

    register_job_words("service", hosting.describe_service_job)
    register_job_words("server", hosting.describe_server_job)
    register_job_words("domain", describe_domain_job)
    register_job_words("zone", describe_zone_job)
    for kind in PAYMENT_JOB_SUBJECTS:
        register_job_words(kind, describe_payment_job)
    register_job_words("client", describe_client_job)
    register_job_words(RANGE_SUBJECT, describe_range_job)
    for kind in ("invoice", "credit_note"):
        register_job_words(kind, describe_document_job)
    register_remote_words("server", hosting.describe_server)
    register_remote_words("registrar", describe_registrar)
    register_remote_words("gateway", describe_gateway)
    register_remote_words("dns", describe_dns_server)
    register_remote_words("mail", describe_mail_server)


def _triggers() -> Sequence[Trigger]:
    """What the database itself refuses to change (invariants.md 2), and what it does besides."""
    from commerce.accounts.models.access_triggers import access_triggers
    from commerce.audit.models import AuditEntry
    from commerce.billing.triggers import billing_triggers
    from commerce.consumers.triggers import consumer_triggers
    from commerce.events.models import StoredEvent
    from commerce.hosting.models import ProvisioningCall
    from commerce.jobs.models import RemoteCall
    from commerce.payments.month_closing.triggers import closing_triggers
    from commerce.record_search_keys import search_key_triggers
    from commerce.record_versions import version_triggers

    entries = refusing_triggers(AuditEntry._meta.db_table, "audit entries are only added")
    events = refusing_triggers(StoredEvent._meta.db_table, "events are only added")
    calls = refusing_triggers(ProvisioningCall._meta.db_table, "calls to panels are only added")
    others = refusing_triggers(RemoteCall._meta.db_table, "calls to registrars are only added")
    own = [*billing_triggers(), *access_triggers(), *consumer_triggers(), *search_key_triggers()]
    return [*entries, *events, *calls, *others, *own, *closing_triggers(), *version_triggers()]


def _connect_mail() -> None:
    """Why a mail must not go out, what follows when it was sent, who makes attachments, who hears of a parked job."""
    from commerce.billing.changes.price_changes import emails as price_changes
    from commerce.billing.documents import jobs as documents
    from commerce.billing.documents.content import CREDIT_NOTE, INVOICE
    from commerce.billing.invoices import emails as invoices
    from commerce.billing.invoices.actions.issuing import mark_invoice_sent
    from commerce.dns import emails as zones
    from commerce.domains import emails as domains
    from commerce.events.publish import publish
    from commerce.hosting import emails as services
    from commerce.jobs.job_states import when_parked
    from commerce.jobs.remotes import when_rested

    obsolete_reasons: Mapping[str, hooks.ObsoleteReason] = {
        "invoice_created": invoices.payment_request_obsolete_reason,
        "invoice_reminder": invoices.payment_request_obsolete_reason,
        "invoice_overdue": invoices.payment_request_obsolete_reason,
        "late_fee_added": invoices.payment_request_obsolete_reason,
        "payment_failed": invoices.payment_request_obsolete_reason,
        "payment_action_required": invoices.payment_request_obsolete_reason,
        "price_changed": price_changes.announcement_obsolete_reason,
        "service_unsuspended": services.resumption_mail_obsolete_reason,
        "service_suspended": services.suspension_mail_obsolete_reason,
        "service_terminating": services.suspension_mail_obsolete_reason,
        "domain_expiring": domains.expiring_mail_obsolete_reason,
        "domain_expired": domains.expired_mail_obsolete_reason,
        "domain_redemption": domains.redemption_mail_obsolete_reason,
    }
    attachments: Mapping[str, hooks.AttachmentBuilder] = {
        INVOICE: documents.invoice_attachment,
        CREDIT_NOTE: documents.credit_note_attachment,
        zones.ZONE_FILE: zones.zone_attachment,
    }
    for event, reason in obsolete_reasons.items():
        hooks.register_obsolete_reason(event, reason)
    for event in ("invoice_created", "late_fee_added", "invoice_paid"):
        hooks.register_sent_hook(event, mark_invoice_sent)
    for kind, builder in attachments.items():
        hooks.register_attachment(kind, builder)
    when_parked(publish)
    when_rested(publish)


def _connect_receipts() -> None:
    """Who makes the receipts that are attached to mails."""
    from commerce.billing.invoices import emails
    from commerce.payments.client_view import receipts

    hooks.register_attachment(emails.PAYMENT_RECEIPT, receipts.receipt_attachment)
    hooks.register_attachment(emails.SHARE_RECEIPT, receipts.share_receipt_attachment)


def _connect_plan_change_mails() -> None:
    """The same of plan changes, and of which credit their mails tell."""
    from commerce.billing.changes.plan_changes import emails as plan_changes
    from commerce.billing.credit.emails import set_credit_told_elsewhere
    from commerce.billing.documents.payment_request_pdf import payment_request_attachment

    hooks.register_obsolete_reason(
        "plan_change_to_pay", plan_changes.plan_change_request_obsolete_reason
    )
    hooks.register_sent_hook("plan_change_applied", plan_changes.mark_plan_change_invoice_sent)
    hooks.register_attachment(plan_changes.PAYMENT_REQUEST, payment_request_attachment)
    set_credit_told_elsewhere(plan_changes.is_credit_of_plan_change)


def _connect_gathered_mails() -> None:
    """Which mails tell of several services at once, and for how long they wait; which are told together."""
    from commerce.accounts.staff_emails import to_do_gathering_seconds
    from commerce.billing.invoices import merged_emails as invoices
    from commerce.hosting import emails as services

    hooks.register_merging(
        invoices.MERGED_PAYMENT_REQUESTS, "open_invoices", invoices.merged_payment_requests
    )
    hooks.register_obsolete_reason("open_invoices", invoices.merged_request_obsolete_reason)
    hooks.register_gathering("task_to_do", to_do_gathering_seconds)
    hooks.register_gathering("service_suspended", services.suspension_gathering_seconds)
    hooks.register_gathering("service_unsuspended", services.resumption_gathering_seconds)


def _connect_withdrawal_instruction() -> None:
    """Who makes what consumers get with the confirmation of a contract."""
    from commerce.orders.withdrawal_pdf import withdrawal_attachment
    from commerce.support.consumers.actions import INSTRUCTION

    hooks.register_attachment(INSTRUCTION, withdrawal_attachment)


def _connect_settings() -> None:
    """What a new value of a setting must satisfy in the eyes of the app that uses it."""
    from commerce.billing.invoices.actions.numbers import validate_start_number
    from commerce.billing.tax.jobs import validate_prices_include_tax
    from commerce.catalog import setting_validators as catalog
    from commerce.dns.servers.registry import register_server_settings
    from commerce.dns.template import validate_template
    from commerce.domains import sale_conditions
    from commerce.domains.registrars.registry import (
        check_registrar_configured,
        register_all_registrar_settings,
    )
    from commerce.payments.gateways.registry import register_all_gateway_settings
    from commerce.presentation.countries import check_country
    from commerce.site_settings.validators import SettingValidator, add_validator

    validators: Mapping[str, SettingValidator] = {
        "company.country": check_country,
        "tax.accounting_currency": catalog.validate_currency,
        "tax.rate_days": catalog.validate_rate_days,
        "tax.rate_source": catalog.validate_rate_source,
        "tax.prices_include_tax": validate_prices_include_tax,
        "billing.invoice_start_number": validate_start_number,
        "billing.late_fee_amount": catalog.validate_currencies,
        "domains.low_balance": catalog.validate_currencies,
        "orders.review_rules": catalog.validate_currencies,
        "domains.registrar": check_registrar_configured,
        "dns.template": validate_template,
        **dict.fromkeys(
            sale_conditions.REQUIRED_SETTINGS, sale_conditions.validate_default_nameserver
        ),
    }
    for key, validator in validators.items():
        add_validator(key, validator)
    register_all_gateway_settings()
    register_all_registrar_settings()
    register_server_settings()


def _connect_accounts() -> None:
    """Another account is tried before it is kept, and then goes on with what waits; what tokens can be bound to."""
    from commerce.accounts.actions.api_writes.bindable import register_bindable
    from commerce.accounts.rules import BoundKind
    from commerce.accounts.staff_mail.hooks import when_staff_are_told
    from commerce.dns.models import Zone
    from commerce.domains.models import Domain
    from commerce.domains.registrars.account_trial import check_accounts
    from commerce.domains.registrars.registry import wake_registrar
    from commerce.hosting.models import Service
    from commerce.payments.gateways.accounts_in_use import check_gateway_accounts, wake_gateway
    from commerce.site_settings.actions import when_setting_changes
    from commerce.site_settings.validators import add_joint_check
    from commerce.webhook_endpoints.actions.staff_notices import queue_staff_notice

    when_staff_are_told(queue_staff_notice)
    register_bindable(
        {
            BoundKind.SERVICE: Service.objects.for_client,
            BoundKind.DOMAIN: Domain.objects.for_client,
            BoundKind.ZONE: Zone.objects.for_client,
        }
    )
    add_joint_check("registrar.", check_accounts)
    when_setting_changes("registrar.", wake_registrar)
    add_joint_check("gateway.", check_gateway_accounts)
    when_setting_changes("gateway.", wake_gateway)


def _connect_services() -> None:
    """What lower apps ask of those that know more: signs of currencies, modules, our bank account, how money came,
    what an order said of a name, whether a suspension still has its reason, which invoices bear no late fee, what else
    keeps a plan from being changed, and that a signed zone keeps its nameservers.
    """
    from commerce.billing.changes.plan_changes.offers import block_plan_changes
    from commerce.billing.documents.bank_account import set_bank_account_source
    from commerce.billing.invoices.emails import set_autopay_date_source, set_method_names_source
    from commerce.billing.invoices.queries import exempt_from_late_fee
    from commerce.billing.periods.dunning_steps import is_still_overdue
    from commerce.catalog.module_names import set_module_names_source
    from commerce.catalog.queries import currency_signs
    from commerce.dns.actions.checks import ask_parent_ds, check_nameservers
    from commerce.domains.actions.changes import set_nameserver_check
    from commerce.domains.order_data import set_order_data_source
    from commerce.hosting import provisioning
    from commerce.hosting.modules.registry import module_names
    from commerce.orders.actions.auth_codes import store_auth_code
    from commerce.orders.actions.fraud import may_create_service
    from commerce.orders.domain_orders import domain_order_data
    from commerce.orders.steps import invoice_of_undelivered_order
    from commerce.payments.autopay import next_autopay_date
    from commerce.payments.gateways.method_names import method_names_by_source
    from commerce.payments.gateways.registry import account_for_transfers
    from commerce.payments.queries import disputed_payment_reason
    from commerce.presentation.amounts import set_currency_signs_source

    suspension_reasons: Mapping[str, Callable[..., bool]] = {
        "overdue": is_still_overdue,
        "order": may_create_service,
    }
    for reason, still_holds in suspension_reasons.items():
        provisioning.register_suspension_check(reason, still_holds)
    set_currency_signs_source(currency_signs)
    set_module_names_source(module_names)
    set_bank_account_source(account_for_transfers)
    set_autopay_date_source(next_autopay_date)
    set_method_names_source(method_names_by_source)
    set_order_data_source(domain_order_data, store_auth_code)
    set_nameserver_check(ask_parent_ds, check_nameservers)
    exempt_from_late_fee(invoice_of_undelivered_order)
    block_plan_changes(disputed_payment_reason)


def _connect_amounts() -> None:
    """How domains say what a restore costs: as its client is shown amounts."""
    from commerce.billing.tax.shown_amounts import amounts_shown_to
    from commerce.catalog.rules import ProductType
    from commerce.domains.emails import set_shown_fee
    from commerce.domains.models import Domain
    from commerce.kit import clock
    from commerce.site_settings.current import business_date

    def shown(domain: Domain, fee: int) -> int:
        amounts = amounts_shown_to(domain.client, business_date(clock.now()))
        return amounts.amount(ProductType.DOMAIN, fee)

    set_shown_fee(shown)


def _connect_erasure() -> None:
    """What must end before a client's data are erased, and what each app erases, at once and when retention ends."""
    from commerce.accounts.erasure import hooks
    from commerce.billing import erasure as billing
    from commerce.consumers import erasure as consumers
    from commerce.dns.actions import erasure as zones
    from commerce.domains.actions import erasure as domains
    from commerce.hosting.actions import erasure as services
    from commerce.orders.actions import erasure as orders
    from commerce.payments import erasure as payments
    from commerce.webhook_endpoints import erasure as webhooks

    hooks.register_blockers(
        services.services_before_erasure,
        domains.domains_before_erasure,
        billing.money_before_erasure,
        payments.payments_before_erasure,
    )
    hooks.register_erasers(
        payments.erase_saved_cards,
        services.erase_service_texts,
        domains.erase_domain_contacts,
        zones.erase_zone_authors,
        billing.erase_requests_and_notes,
        orders.erase_order_texts,
        consumers.erase_statements,
        webhooks.erase_endpoints,
    )
    hooks.register_record_eraser(billing.last_document_day, billing.erase_documents)
    hooks.register_record_eraser(payments.last_payment_day, payments.erase_payment_texts)


def _connect_data_export() -> None:
    """The files of an export of a client's data: whose rows, and which of their fields a client may have."""
    from commerce.accounts.data_export import hooks
    from commerce.accounts.data_export.rows import account_rows
    from commerce.billing.data_export import billing_rows, document_files
    from commerce.consumers.data_export import consumer_rows
    from commerce.orders.data_export import order_rows, service_rows
    from commerce.payments.data_export import payment_rows, receipt_files

    of_orders = (*service_rows(), *order_rows(), *billing_rows(), *payment_rows())
    hooks.register_exported_rows(*account_rows(), *of_orders, *consumer_rows())
    hooks.register_exported_files(document_files, receipt_files)
