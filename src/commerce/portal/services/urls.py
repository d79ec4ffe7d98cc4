"""Services of a client."""

from django.urls import path

from commerce.portal.services import (
    account_password,
    account_views,
    cancellations,
    plan_changes,
    sandbox_panel,
    services,
)

_ONE = "client/services/<int:pk>"

urlpatterns = [
    path("client/services", services.services, name="services"),
    path(_ONE, services.service, name="service"),
    path(f"{_ONE}/rename", services.service_rename, name="service_rename"),
    path(f"{_ONE}/upgrade", plan_changes.service_upgrade, name="service_upgrade"),
    path(
        "client/plan-changes/<int:pk>/pdf",
        plan_changes.payment_request,
        name="plan_change_pdf",
    ),
    path(f"{_ONE}/cancel", cancellations.service_cancel, name="service_cancel"),
    path(
        "client/cancellations/<int:pk>/withdraw",
        cancellations.withdraw_cancellation,
        name="withdraw_cancellation",
    ),
    path(f"{_ONE}/progress", account_views.service_progress, name="service_progress"),
    path(f"{_ONE}/panel", account_views.service_panel, name="service_panel"),
    path(f"{_ONE}/console", account_views.service_console, name="service_console"),
    path(f"{_ONE}/power", account_views.service_power, name="service_power"),
    path(f"{_ONE}/reinstall", account_views.service_reinstall, name="service_reinstall"),
    path(f"{_ONE}/password", account_password.service_password, name="service_password"),
    path(f"{_ONE}/new-password", account_views.service_new_password, name="service_new_password"),
    path("sandbox", sandbox_panel.sign_in, name="panel"),
    path("sandbox/account", sandbox_panel.account, name="panel_account"),
    path("sandbox/session/<str:token>", sandbox_panel.session, name="panel_session"),
    path("sandbox/sign-out", sandbox_panel.sign_out, name="panel_sign_out"),
]
