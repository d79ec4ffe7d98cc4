"""Statements of consumers."""

from django.urls import path

from commerce.portal.consumers import own_statements, statements

urlpatterns = [
    path("cancel", statements.cancel, name="cancel"),
    path("cancel/withdraw", statements.withdraw, name="cancel_withdraw"),
    path("cancel/end", statements.end, name="cancel_end"),
    path("cancel/receipt", statements.receipt, name="statement_receipt"),
    path("client/statements/<int:pk>", own_statements.statement, name="statement"),
]
