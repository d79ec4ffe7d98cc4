"""Registration, sign-in and what is forgotten: django-allauth behind our paths, with the names that it looks for."""

from django.urls import path

from commerce.portal.account.sign_in import registration
from commerce.portal.base.sign_in import email_links, password_reset, views

urlpatterns = [
    path("register", registration.register, name="account_signup"),
    path("client/verify", registration.check_inbox, name="account_email_verification_sent"),
    path("client/verify/<str:token>", email_links.verify, name="account_confirm_email"),
    path("client/keep-email/<str:token>", email_links.keep_email, name="keep_email"),
    path("client/login", views.sign_in, name="account_login"),
    path("client/login/passkey", views.sign_in_by_passkey, name="mfa_login_webauthn"),
    path("client/two-factor-challenge", views.challenge, name="mfa_authenticate"),
    path("client/two-factor-challenge/passkey", views.challenge_options, name="challenge_passkey"),
    path("client/logout", views.sign_out, name="account_logout"),
    path("client/forgot-password", password_reset.forgot_password, name="account_reset_password"),
    path(
        "client/forgot-password/sent",
        password_reset.forgot_password_sent,
        name="account_reset_password_done",
    ),
    path(
        "client/reset-password/<str:token>",
        password_reset.reset_password,
        name="account_reset_password_from_key",
    ),
    path(
        "client/reset-password/<str:token>/passkey",
        password_reset.reset_passkey_options,
        name="reset_passkey",
    ),
]
