"""Sign-in, second factor, forgotten passwords, and a person's own profile: the portal's views in the staff area."""

from commerce.backoffice.base.pages import Access, Page, PageRule, Room
from commerce.backoffice.lists.export import export_file
from commerce.backoffice.sign_in.notifications import notifications
from commerce.backoffice.sign_in.profile import profile
from commerce.portal.base.security import email_changes, locale, second_factors, sessions
from commerce.portal.base.sign_in import email_links, password_reset, views

_READ = PageRule(Access.PUBLIC)
_SEND = PageRule(Access.PUBLIC, Access.PUBLIC)
_OWN = PageRule(Access.ANY_STAFF, Access.ANY_STAFF)

ROOM = Room(
    pages=(
        Page("login", views.sign_in, "account_login", _SEND),
        Page("login/passkey", views.sign_in_by_passkey, "mfa_login_webauthn", _SEND),
        Page("two-factor-challenge", views.challenge, "mfa_authenticate", _SEND),
        Page("two-factor-challenge/passkey", views.challenge_options, "challenge_passkey", _SEND),
        Page("logout", views.sign_out, "account_logout", _SEND),
        Page("forgot-password", password_reset.forgot_password, "account_reset_password", _SEND),
        Page(
            "forgot-password/sent",
            password_reset.forgot_password_sent,
            "account_reset_password_done",
            _READ,
        ),
        Page(
            "reset-password/<str:token>",
            password_reset.reset_password,
            "account_reset_password_from_key",
            _SEND,
        ),
        Page(
            "reset-password/<str:token>/passkey",
            password_reset.reset_passkey_options,
            "reset_passkey",
            _SEND,
        ),
        Page("verify/<str:token>", email_links.verify, "verify_email", _SEND),
        Page("keep-email/<str:token>", email_links.keep_email, "keep_email", _SEND),
        Page("profile", profile, "security", _OWN),
        Page("profile/email", email_changes.own_email, "own_email", _OWN),
        Page("profile/email/drop", email_changes.drop_email_change, "drop_email_change", _OWN),
        Page("profile/sessions", sessions.sessions, "sessions", PageRule(Access.ANY_STAFF)),
        Page("profile/sessions/<int:pk>/end", sessions.end_session, "end_session", _OWN),
        Page(
            "profile/sessions/end-others",
            sessions.end_other_sessions,
            "end_other_sessions",
            _OWN,
        ),
        Page("profile/language", locale.locale_settings, "locale_settings", _OWN),
        Page("exports/<int:pk>", export_file, "export_file", PageRule(Access.ANY_STAFF)),
        Page("profile/notifications", notifications, "staff_notifications", _OWN),
        Page("profile/two-factor", second_factors.two_factor, "two_factor", _OWN),
        Page("profile/two-factor/codes", second_factors.recovery_codes, "recovery_codes", _OWN),
        Page(
            "profile/two-factor/<int:pk>/remove",
            second_factors.remove_factor,
            "remove_factor",
            _OWN,
        ),
        Page("profile/passkeys", second_factors.passkeys, "passkeys", _OWN),
        Page("profile/passkeys/options", second_factors.passkey_options, "passkey_options", _OWN),
        Page(
            "profile/passkeys/<int:pk>/rename",
            second_factors.rename_passkey,
            "rename_passkey",
            _OWN,
        ),
    )
)
