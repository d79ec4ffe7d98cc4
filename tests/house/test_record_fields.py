"""Each column of a model says who reads it: staff, the client's export, the API, the audit log (decision 131).

What is said of the export is what makes it (``test_personal_columns`` says of which texts erasure takes care); what is
said of API and audit log is compared with what they have.
"""

from collections import defaultdict
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction
from django.db.models import F, Model, Subquery
from django.db.models.expressions import Col

from commerce.accounts.data_export.hooks import exported_rows
from commerce.api.read.fields import field_sources
from commerce.api.v1 import resources as v1
from commerce.api.v2.resources import all_resources as v2
from commerce.audit.kinds import record_kind
from commerce.audit.models import AuditEntry
from commerce.presentation.records import API, AUDIT, EXPORT, RecordAmount, RecordFields
from tests import make
from tests.audit.cases import CASES
from tests.audit.test_what_the_api_shows import APPS
from tests.house.source import PACKAGE


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)


type Columns = set[tuple[type[Model], str]]

DESCRIBED: dict[type[Model], RecordFields] = {
    fields.model: fields
    for path in sorted([*PACKAGE.glob("*/records.py"), *PACKAGE.glob("*/records/*.py")])
    for fields in vars(import_module(module_name(path))).values()
    if isinstance(fields, RecordFields)
}
AUDIT_KINDS = {"credit_entry": "credit"}
"""What the audit log calls a kind, where that is not the name of its model."""

each_kind = pytest.mark.parametrize(
    "fields", DESCRIBED.values(), ids=lambda fields: fields.model.__name__
)


def own_columns(model: type[Model], lookups: Iterable[str]) -> set[str]:
    """The columns of this model behind lookups, such as ``product_id`` of ``product__name``."""
    names = {"id" if one == "pk" else one.partition("__")[0] for one in lookups}
    return {one.attname for one in model._meta.concrete_fields if {one.name, one.attname} & names}


@each_kind
def test_each_column_is_said(fields: RecordFields) -> None:
    """A new one fails here until ``<app>/records.py`` says who reads it."""
    of_amounts = {str(one.currency) for one in fields.fields if isinstance(one, RecordAmount)}
    read, apart = (
        own_columns(fields.model, fields.columns() | of_amounts),
        set(fields.apart.split()),
    )
    columns = {one.attname for one in fields.model._meta.concrete_fields}
    assert columns - read - apart == set(), "say in records.py who reads it"
    assert (read & apart, apart - columns) == (set(), set())
    assert len({one.name for one in fields.fields}) == len(fields.fields)


def api_columns() -> Columns:
    """What the structs of the client API are made of."""
    found: Columns = set()
    for resource in (*v1.RESOURCES, *v2.RESOURCES):
        model = resource.queryset().model
        for struct in filter(None, (resource.list_struct, resource.row_struct)):
            for source in field_sources(struct).values():
                for column in source.columns:
                    found |= columns_behind(model, column)
    return found


def columns_behind(model: type[Model], column: Any) -> Columns:
    if isinstance(column, str):
        return {(model, name) for name in own_columns(model, [column])}
    if isinstance(column, Subquery):
        gathered = [part for one in column.query.annotations.values() for part in one.flatten()]
        targets = [one.target for one in gathered if isinstance(one, Col)]
        return {(target.model, target.attname) for target in targets}
    lookups = [one.name for one in column.flatten() if isinstance(one, F)]
    return {(model, name) for name in own_columns(model, lookups)}


READ_BY = {"currency_id", "client_id", "maker_id", "rights"}
"""Through these something of another row is read: an exponent, a limit, a role. They are not shown themselves."""
COUNTED = {"version", "changed_at"}
"""What the database and the actions keep of each row that version 2 shows, whatever it is about."""


@each_kind
def test_what_is_said_of_the_api_is_what_it_has(fields: RecordFields) -> None:
    has = {name for model, name in api_columns() if model is fields.model} - READ_BY - COUNTED
    assert own_columns(fields.model, fields.columns(API)) - READ_BY == has


def test_each_kind_with_a_field_for_the_export_is_in_it() -> None:
    said = [fields for fields in DESCRIBED.values() if fields.columns(EXPORT)]
    assert {one.fields.model for one in exported_rows()} == {fields.model for fields in said}


@each_kind
def test_a_client_may_take_along_what_the_api_shows(fields: RecordFields) -> None:
    of_api = own_columns(fields.model, fields.columns(API))
    assert of_api - own_columns(fields.model, fields.columns(EXPORT)) == set()


@pytest.mark.django_db
def test_what_is_said_of_the_audit_log_is_what_it_has() -> None:
    """What entries hold, after each case of ``tests.audit`` was carried out."""
    written: dict[str, set[str]] = defaultdict(set)
    for case in CASES.values():
        with transaction.atomic():
            case(make.make_client())()
            for entry in AuditEntry.objects.all():
                written[entry.record_kind] |= {*entry.before, *entry.after}
            transaction.set_rollback(True)
    for model, fields in DESCRIBED.items():
        noun = AUDIT_KINDS.get(record_kind(model), record_kind(model))
        has = own_columns(model, written[noun]) - {"currency_id"}
        said = own_columns(model, fields.columns(AUDIT))
        assert has - said == set(), f"the audit log has these of a {noun}"
        if model._meta.app_label in APPS:
            assert said - has == set(), f"the audit log lacks these of a {noun}"


NOT_DESCRIBED = set(
    """
accounts.ApiOperation accounts.ApiTokenBinding accounts.ApiTokenSecret accounts.ApiTokenWrite
accounts.BulkAction accounts.BulkItem
accounts.ClientGroup accounts.ClientNote accounts.ClientTag accounts.CustomField accounts.DataExport
accounts.IdempotentReply accounts.ListExport accounts.MailPreference accounts.RecordMetadata
accounts.SpendingLimit accounts.Staff accounts.StaffFormKey accounts.StaffMailChoice accounts.StaffRole
accounts.TaggedClient
accounts.TokenCommitment accounts.TokenDailyRequests accounts.TokenNetwork accounts.TotpStep accounts.User
billing.BooksFile billing.CreditNoteTaxGroup billing.Document billing.InvoiceSubject billing.LateFee billing.LineShare
billing.NumberSequence billing.PaidElsewhere billing.PriceChange billing.PriceChangeAct billing.RecurringMonth
billing.RecurringMovement
billing.Reminder billing.SettlementEntry billing.TaxGroup billing.TaxRule billing.TerminationNotice
catalog.Currency catalog.FormerSlug catalog.GroupPrice catalog.Option catalog.OptionGroup catalog.OptionPrice
catalog.OptionValue catalog.Price catalog.Product catalog.ProductGroup catalog.ProductPicture
catalog.PromoAmount catalog.PromoCode catalog.ServerGroup catalog.SharedRevision catalog.Stock
consumers.StatementCreditNote dns.ZoneTemplate
domains.DomainChange domains.DomainDrift domains.DomainLoss domains.RegistrantVerification
domains.RegistrarBrake domains.RegistrarPrice domains.RegistryMessage domains.Tld domains.TldPrice
events.StoredEvent hosting.AccountInfo hosting.AccountPassword hosting.DriftFinding hosting.ProvisioningCall
hosting.Server hosting.UsageDay jobs.RemoteCall jobs.RemoteState jobs.ScheduleState mail.MailTemplate
mail.SuppressedAddress orders.Cart orders.CartItem orders.OrderUnit orders.PriceQuote orders.PromoUse payments.Attempt
payments.AttemptInvoice payments.AutopayTry payments.CardSetup payments.GatewayAccount
payments.GatewayCustomer payments.PaymentReceipt payments.PaymentShare runs.DailyRun runs.DailyRunStep
site_settings.SettingPicture site_settings.SiteSetting support.FaqEntry support.InstructionCopy
support.WithdrawalInstruction webhook_endpoints.WebhookDelivery webhook_endpoints.WebhookEndpoint
webhook_endpoints.WebhookSecret
""".split()
)
"""Models whose columns nobody has described yet. This list only becomes shorter."""


def test_each_model_is_described() -> None:
    """A new one fails here until its app's ``records.py`` says its fields."""
    ours = {one for one in apps.get_models() if one.__module__.startswith("commerce.")}
    assert {one._meta.label for one in ours - DESCRIBED.keys()} == NOT_DESCRIBED
