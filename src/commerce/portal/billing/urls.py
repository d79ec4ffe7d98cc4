"""Invoices, their documents, payment and credit."""

from django.urls import path

from commerce.portal.billing import (
    attempt_pages,
    credit,
    documents,
    exports,
    funds,
    invoices,
    pay_together,
    payment_methods,
    payments,
    plan_changes,
)

urlpatterns = [
    path("client/invoices", invoices.invoices, name="invoices"),
    path("client/invoices/<int:pk>", invoices.invoice, name="invoice"),
    path("client/invoices.csv", exports.invoices_csv, name="invoices_csv"),
    path("client/invoices.zip", exports.invoices_zip, name="invoices_zip"),
    path("client/invoices/statement", exports.statement, name="statement"),
    path("client/invoices/<int:pk>/pdf", documents.invoice_pdf, name="invoice_pdf"),
    path("client/invoices/<int:pk>/ubl", documents.invoice_ubl, name="invoice_ubl"),
    path("client/credit-notes/<int:pk>/pdf", documents.credit_note_pdf, name="credit_note_pdf"),
    path("client/credit-notes/<int:pk>/ubl", documents.credit_note_ubl, name="credit_note_ubl"),
    path("client/invoices/pay", pay_together.pay_together, name="pay_together"),
    path("client/invoices/<int:pk>/pay", payments.pay, name="pay"),
    path("client/invoices/<int:pk>/pay/<slug:gateway>", payments.pay_by, name="pay_by"),
    path("client/invoices/<int:pk>/charge", payments.charge_card, name="charge_invoice"),
    path("client/invoices/<int:pk>/use-credit", payments.use_credit, name="use_credit"),
    path(
        "client/invoices/<int:pk>/declare-transfer", payments.submit_notice, name="declare_transfer"
    ),
    path("client/invoices/<int:pk>/return/<int:attempt>", payments.pay_result, name="pay_result"),
    path("client/plan-changes/<int:pk>", plan_changes.plan_change, name="plan_change"),
    path(
        "client/plan-changes/<int:pk>/withdraw", plan_changes.withdraw, name="withdraw_plan_change"
    ),
    path("client/plan-changes/<int:pk>/pay", plan_changes.pay, name="pay_plan_change"),
    path(
        "client/plan-changes/<int:pk>/pay/<slug:gateway>",
        plan_changes.pay_by,
        name="pay_plan_change_by",
    ),
    path(
        "client/plan-changes/<int:pk>/charge",
        plan_changes.charge_card,
        name="charge_plan_change",
    ),
    path(
        "client/plan-changes/<int:pk>/use-credit",
        plan_changes.use_credit,
        name="pay_plan_change_from_credit",
    ),
    path(
        "client/plan-changes/<int:pk>/declare-transfer",
        plan_changes.submit_notice,
        name="declare_plan_change_transfer",
    ),
    path("client/payments/<int:attempt>", attempt_pages.payment, name="payment"),
    path(
        "client/payments/<int:attempt>/return", attempt_pages.payment_result, name="payment_result"
    ),
    path("client/credit", credit.credit, name="credit"),
    path("client/credit/add", funds.add_funds, name="add_funds"),
    path("client/payments/<int:pk>/receipt", documents.payment_receipt, name="receipt"),
    path("client/payment-methods", payment_methods.payment_methods, name="payment_methods"),
    path(
        "client/payment-methods/add",
        payment_methods.add_payment_method,
        name="add_payment_method",
    ),
    path("client/payment-methods/autopay", payment_methods.switch_autopay, name="autopay"),
    path(
        "client/payment-methods/<int:pk>/default",
        payment_methods.default_payment_method,
        name="default_payment_method",
    ),
    path(
        "client/payment-methods/<int:pk>/remove",
        payment_methods.remove_payment_method,
        name="remove_payment_method",
    ),
    path(
        "client/payment-methods/return/<int:pk>",
        payment_methods.payment_method_result,
        name="payment_method_result",
    ),
]
