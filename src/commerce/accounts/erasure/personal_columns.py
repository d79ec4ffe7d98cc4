"""Which columns of the database hold what is personal, and how each ends: by erasure, by retention (accounts.md 10).

``ends`` of a field in ``records.py`` of its app says it, and a row here where no field of its own has the column.
``erasure``: it is emptied or deleted with its client. ``retention``: it goes when its time is over, that of documents
or a number of days of the settings. ``stays``: it names what was sold, or belongs to staff, and is kept as long as its
record. Which of them an owner gets in an export, ``records.py`` of each app says.
"""

PERSONAL_COLUMNS = """
account_emailaddress.email                   erasure
account_emailconfirmation.key                erasure
accounts_apioperation.act                    stays
accounts_apioperation.carrier_kind           stays
accounts_apioperation.key                    stays
accounts_apioperation.outcome                stays
accounts_apioperation.record_kind            stays
accounts_bulkaction.act                      stays
accounts_bulkaction.address                  retention
accounts_bulkaction.query                    retention
accounts_bulkaction.values                   retention
accounts_bulkitem.code                       stays
accounts_bulkitem.made                       stays
accounts_bulkitem.mails                      stays
accounts_bulkitem.name                       retention
accounts_bulkitem.text                       retention
accounts_client.event_actor                  stays
accounts_client.event_stamp                  stays
accounts_client.first_name                   erasure
accounts_client.last_name                    erasure
accounts_clientnote.body                     erasure
accounts_dataexport.content                  erasure
accounts_erasure.reason                      erasure
accounts_idempotentreply.body                erasure retention
accounts_idempotentreply.body_hash           erasure retention
accounts_idempotentreply.headers             erasure retention
accounts_idempotentreply.key_hash            erasure retention
accounts_invitation.rights                   erasure
accounts_invitation.token_hash               erasure
accounts_listexport.content                  retention
accounts_listexport.query                    retention
accounts_recordmetadata.key                  erasure
accounts_recordmetadata.kind                 erasure
accounts_recordmetadata.value                erasure
accounts_searchkey.field                     stays
accounts_searchkey.key                       erasure
accounts_searchkey.record_kind               stays
accounts_staff.last_sign_in_from             stays
accounts_staff.extra_permissions             stays
accounts_staff.list_columns                  stays
accounts_staff.role                          stays
accounts_staff.removed_permissions           stays
accounts_staffrole.key                       stays
accounts_staffrole.name                      stays
accounts_staffrole.permissions               stays
accounts_staffrole.reviewed_permissions      stays
accounts_tokencommitment.act                 stays
accounts_tokencommitment.carrier_kind        stays
accounts_tokencommitment.debt_kind           stays
accounts_tokennetwork.network                erasure
accounts_user.email                          erasure
accounts_user.first_name                     erasure
accounts_user.last_login_ip                  erasure
accounts_user.last_name                      erasure
accounts_user.password                       erasure
accounts_user.terms_version                  stays
accounts_user.time_zone                      erasure
audit_auditentry.actor_name                  erasure retention
audit_auditentry.address                     erasure retention
audit_auditentry.after                       erasure retention
audit_auditentry.before                      erasure retention
audit_auditentry.reason                      erasure retention
audit_auditentry.record_name                 erasure retention
billing_booksfile.content                    retention
billing_creditnote.buyer                     retention
billing_creditnoteline.description           retention
billing_document.content                     retention
billing_invoice.tax_evidence                 retention
billing_invoiceline.description              retention
billing_pricechange.reason                   erasure
billing_pricechangeact.reason                erasure
billing_vatcheck.address                     retention
billing_vatcheck.consultation_number         retention
billing_vatcheck.evidence                    retention
billing_vatcheck.raw                         retention
django_session.session_data                  erasure
django_session.session_key                   erasure
domains_domain.ns1                           stays
domains_domain.ns2                           stays
domains_domain.ns3                           stays
domains_domain.ns4                           stays
domains_domainchange.wanted                  erasure
domains_domaindrift.ours                     erasure
domains_domaindrift.theirs                   erasure
domains_registrantverification.email         erasure
domains_registrymessage.about                retention
domains_registrymessage.text                 retention
events_clientevent.actor_kind                stays
events_clientevent.changed                   stays
events_clientevent.number                    stays
events_clientevent.resource_kind             stays
events_clientevent.status                    stays
events_clientevent.status_before             stays
events_clientevent.type                      stays
events_storedevent.data                      erasure retention
hosting_accountinfo.details                  erasure
hosting_accountinfo.package                  erasure
hosting_accountpassword.encrypted            erasure
hosting_driftfinding.account                 erasure
hosting_driftfinding.local                   erasure
hosting_driftfinding.remote                  erasure
hosting_provisioningcall.answer              erasure retention
hosting_provisioningcall.path                erasure retention
hosting_provisioningcall.request             erasure retention
jobs_remotecall.about                        retention
jobs_remotecall.answer                       retention
jobs_remotecall.path                         retention
jobs_remotecall.request                      retention
mail_outgoingmail.encrypted_values           erasure retention
mail_outgoingmail.html                       erasure retention
mail_outgoingmail.values                     erasure retention
mail_suppressedaddress.email                 erasure
mfa_authenticator.data                       erasure
orders_cart.guest_key                        erasure
orders_cart.promo_code                       erasure
orders_cartitem.auth_code                    erasure
orders_cartitem.domain                       erasure
orders_cartitem.extra_fields                 erasure
orders_cartitem.nameservers                  erasure
orders_cartitem.options                      erasure
orders_cartitem.registrant                   erasure
orders_orderitem.auth_code                   erasure
orders_orderitem.extra_fields                erasure
orders_orderitem.registrant                  erasure
orders_pricequote.answer                     erasure retention
orders_pricequote.cart_lines                 erasure retention
orders_pricequote.frozen_prices              erasure retention
orders_pricequote.key                        erasure retention
orders_pricequote.promo_code                 erasure retention
orders_salesquote.cart_lines                 erasure retention
orders_salesquote.frozen_prices              erasure retention
orders_salesquote.locale                     erasure retention
payments_attempt.consent_text                retention
payments_attempt.failure                     retention
payments_cardsetup.consent_text              erasure
payments_cardsetup.failure                   erasure
payments_gatewaycustomer.reference           erasure
payments_gatewayevent.body                   retention
payments_gatewayevent.headers                retention
payments_payment.card_brand                  retention
payments_payment.card_last4                  retention
payments_paymentreceipt.content              erasure
payments_refusedmessage.body                 retention
payments_refusedmessage.headers              retention
payments_savedcard.brand                     erasure
payments_savedcard.consent_text              erasure
payments_savedcard.label                     erasure
payments_savedcard.token                     erasure
payments_unallocatedpayment.raw              retention
runs_dailyrunstep.errors                     stays
support_consumerconsent.text                 stays
usersessions_usersession.data                erasure
usersessions_usersession.ip                  erasure
usersessions_usersession.session_key         erasure
usersessions_usersession.user_agent          erasure
webhook_endpoints_webhookdelivery.answer     erasure retention
webhook_endpoints_webhookdelivery.text       erasure retention
webhook_endpoints_webhookendpoint.address     erasure
webhook_endpoints_webhookendpoint.description erasure
webhook_endpoints_webhooksecret.encrypted    erasure
"""
"""A column, and how it ends."""

COLUMNS_OF_OURS = """
consumers_consumerstatement: idempotency_key locale
support_consumerconsent: record_kind
support_instructioncopy: record_kind text
support_withdrawalinstruction: instruction locale model_form
django_admin_log: object_id object_repr change_message
auth_permission: name codename
auth_group: name
django_content_type: app_label model
audit_auditentry: actor_kind request_id action record_kind
jobs_job: subject_kind action remote claim request_id
jobs_remotestate: name problem
jobs_schedulestate: name error
runs_backupstate: problem
events_storedevent: kind idempotency_key
site_settings_sitesetting: key value
site_settings_settingpicture: name content
mail_outgoingmail: event product_template locale time_zone about_kind permission attachments
mail_mailtemplate: event locale subject html text
accounts_user: locale
accounts_clientgroup: name colour description
accounts_client: locale
accounts_bulkaction: list_name
accounts_listexport: list_name
accounts_mailpreference: group
accounts_customfield: name options
accounts_erasure: user_ids
accounts_staff: permissions
accounts_staffmailchoice: event
accounts_staffformkey: key
accounts_stafftoken: name token_hash permissions acts
accounts_stafftokenwrite: path code
accounts_clienttag: name colour
accounts_clientnote: author_name
accounts_apitoken: token_hash scopes idempotency_key
accounts_apitokensecret: token_hash
accounts_apitokenbinding: kind
accounts_apitokenwrite: method path code record_kind
catalog_currency: name prefix suffix rate rate_source rate_quotes held_quotes
catalog_productgroup: name slug description
catalog_servergroup: name
catalog_product: name slug description features picture module package server_group welcome_template
catalog_productpicture: name content
catalog_formerslug: slug
catalog_optiongroup: name
catalog_option: name
catalog_optionvalue: name
catalog_promocode: code cycles tlds notes
runs_dailyrun: by only
runs_dailyrunstep: name counts
domains_domain: tld registrar remote_id
domains_domaindrift: field
domains_registrarbrake: registrar
domains_domainloss: registrar
domains_tld: tld registrar extra_fields
domains_registrarprice: registrar
dns_zone: ds_records ds_at_registrar delegation_problems
dns_zoneversion: soa
dns_zonetemplate: text
hosting_server: test_problem name group module hostname ipv4 ipv6 fingerprint settings secrets panel_url ns1 ns2 ns3 ns4
hosting_service: provisioning_key parts
hosting_provisioningcall: method
jobs_remotecall: remote method
domains_registrymessage: registrar message_id
hosting_usageday: kind
support_faqentry: question answer
billing_invoice: number seller accounting_tax terms footer payment_reference
billing_invoiceline: tax_kind
billing_taxgroup: name note
billing_settlemententry: source
billing_numbersequence: name
billing_booksmonth: closed_by figures gaps
billing_booksfile: name
billing_creditnote: number seller accounting_tax footer
billing_creditnotetaxgroup: name note
billing_planchange: parts options taxed_as reference given_days coverage
billing_paidelsewhere: reason
billing_invoicesubject: shares
billing_pricechange: parts options
billing_creditentry: source
billing_document: sha256 snapshot_sha256 problem
billing_recurringmonth: movements
billing_taxrule: state name note
payments_attempt: gateway account reference idempotency_key
payments_payment: gateway idempotency_key recorded_by
payments_dispute: gateway reference recorded_by
payments_gatewayevent: gateway event_id kind
payments_refusedmessage: gateway reason
payments_refund: gateway reference idempotency_key recorded_by
payments_gatewaycustomer: gateway account
payments_gatewayaccount: gateway name credentials
payments_paymentreceipt: sha256
payments_savedcard: gateway account
payments_cardsetup: gateway account reference idempotency_key
payments_unallocatedpayment: gateway transaction_id recorded_by
orders_order: promo_code idempotency_key
orders_orderitem: product_name options
webhook_endpoints_webhookendpoint: types idempotency_key
webhook_endpoints_webhookdelivery: event_id type url
"""
"""Columns of text by table that say nothing of a client or a person: words, names and keys of ours."""


def personal_columns() -> dict[str, frozenset[str]]:
    """How each personal column ends that has a row here."""
    lines = (line.split() for line in PERSONAL_COLUMNS.strip().splitlines())
    return {column: frozenset(having) for column, *having in lines}


def columns_of_ours() -> frozenset[str]:
    """The columns of text that are not personal."""
    found, table = set(), ""
    for word in COLUMNS_OF_OURS.split():
        if word.endswith(":"):
            table = word.removesuffix(":")
        else:
            found.add(f"{table}.{word}")
    return frozenset(found)
