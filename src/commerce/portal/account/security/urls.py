"""A person's own security: password, address, language, factors, sessions."""

from django.urls import path

from commerce.portal.account.security import views
from commerce.portal.base.security import email_changes, locale, second_factors, sessions

urlpatterns = [
    path("language", locale.choose_language, name="choose_language"),
    path("client/security", views.security, name="security"),
    path("client/security/password", views.change_password, name="change_password"),
    path("client/security/email", views.change_email, name="change_email"),
    path("client/security/email/drop", email_changes.drop_email_change, name="drop_email_change"),
    path("client/security/email/verify", views.send_verification, name="send_verification"),
    path("client/security/language", locale.locale_settings, name="locale_settings"),
    path("client/security/two-factor", second_factors.two_factor, name="two_factor"),
    path("client/security/two-factor/codes", second_factors.recovery_codes, name="recovery_codes"),
    path(
        "client/security/two-factor/<int:pk>/remove",
        second_factors.remove_factor,
        name="remove_factor",
    ),
    path("client/security/passkeys", second_factors.passkeys, name="passkeys"),
    path(
        "client/security/passkeys/options", second_factors.passkey_options, name="passkey_options"
    ),
    path(
        "client/security/passkeys/<int:pk>/rename",
        second_factors.rename_passkey,
        name="rename_passkey",
    ),
    path("client/security/sessions", sessions.sessions, name="sessions"),
    path("client/security/sessions/<int:pk>/end", sessions.end_session, name="end_session"),
    path(
        "client/security/sessions/end-others",
        sessions.end_other_sessions,
        name="end_other_sessions",
    ),
]
