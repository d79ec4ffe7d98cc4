"""All public and client pages (portal.md 2 and 3)."""

from django.urls import URLPattern, URLResolver, include, path

from commerce.portal import (
    api_tokens,
    cancellations,
    cart,
    checkout,
    credit,
    dashboard,
    documents,
    domains,
    exports,
    invitations,
    invoices,
    members,
    notifications,
    orders,
    pages,
    pay,
    plan_changes,
    profile,
    reading,
    register,
    resets,
    second_factors,
    security,
    services,
    sessions,
    sign_in,
    store,
    switch,
    up,
    well_known,
)

# Pages that show the client's records, and the shell around them.
shown: list[URLPattern | URLResolver] = [
    path("", store.landing, name="landing"),
    path("language", reading.choose_language, name="choose_language"),
    path("brand.css", pages.brand_style, name="brand_style"),
    path("brand.svg", pages.brand_icon, name="brand_icon"),
    path("brand/<str:name>", pages.brand_picture, name="brand_picture"),
    path("up", up.up, name="up"),
    path("client", dashboard.home, name="home"),
    path("client/dashboard", dashboard.dashboard, name="dashboard"),
    path("client/services", services.services, name="services"),
    path("client/services/<int:pk>", services.service, name="service"),
    path("client/services/<int:pk>/rename", services.rename, name="service_rename"),
    path("client/services/<int:pk>/upgrade", plan_changes.upgrade, name="service_upgrade"),
    path("client/services/<int:pk>/cancel", cancellations.cancel, name="service_cancel"),
    path("client/invoices", invoices.invoices, name="invoices"),
    path("client/invoices/<int:pk>", invoices.invoice, name="invoice"),
    path("client/invoices.csv", exports.invoices_csv, name="invoices_csv"),
    path("client/invoices/statement", exports.statement, name="statement"),
    path("client/invoices/<int:pk>/pdf", documents.invoice_pdf, name="invoice_pdf"),
    path("client/invoices/<int:pk>/ubl", documents.invoice_ubl, name="invoice_ubl"),
    path("client/credit-notes/<int:pk>/pdf", documents.credit_note_pdf, name="credit_note_pdf"),
    path("client/credit-notes/<int:pk>/ubl", documents.credit_note_ubl, name="credit_note_ubl"),
    path("client/invoices/<int:pk>/pay", pay.pay, name="pay"),
    path("client/invoices/<int:pk>/pay/<slug:gateway>", pay.pay_by, name="pay_by"),
    path("client/invoices/<int:pk>/use-credit", pay.use_credit, name="use_credit"),
    path("client/invoices/<int:pk>/declare-transfer", pay.declare, name="declare_transfer"),
    path("client/invoices/<int:pk>/return/<int:attempt>", pay.result, name="pay_result"),
    path("client/credit", credit.credit, name="credit"),
    path("client/orders", orders.orders, name="orders"),
    path("client/orders/<int:pk>", orders.order, name="order"),
    path("client/orders/<int:pk>/cancel", orders.cancel, name="order_cancel"),
    path("client/domains", domains.domains, name="domains"),
    path("client/domains/<int:pk>", domains.domain, name="domain"),
    path("client/profile", profile.profile, name="profile"),
    path(
        "client/profile/billing-email/drop", profile.drop_billing_email, name="drop_billing_email"
    ),
    path("client/billing-email/<str:token>", profile.billing_email, name="billing_email"),
    path("client/switch", switch.switch, name="switch"),
]

# What is sold, and how it is ordered.
shop: list[URLPattern | URLResolver] = [
    path("store", store.store, name="store"),
    path("store/currency", store.choose_currency, name="choose_currency"),
    path("store/<slug:slug>", store.product, name="product"),
    path("client/store", store.to_store, name="client_store"),
    path("client/store/<slug:slug>", store.to_store, name="client_product"),
    path("cart", cart.cart, name="cart"),
    path("cart/items/<int:pk>", cart.item, name="cart_item"),
    path("cart/promo", cart.promo, name="cart_promo"),
    path("cart/confirm-currency", cart.confirm_currency, name="cart_confirm_currency"),
    path("checkout", checkout.checkout, name="checkout"),
    path("checkout/details", checkout.details, name="checkout_details"),
    path("checkout/registrant", checkout.registrant, name="checkout_registrant"),
]

# Members, invitations, API tokens.
people: list[URLPattern | URLResolver] = [
    path("client/api-tokens", api_tokens.api_tokens, name="api_tokens"),
    path("client/api-tokens/<int:pk>/revoke", api_tokens.revoke, name="api_token_revoke"),
    path("client/members", members.members, name="members"),
    path("client/members/<int:pk>", members.member, name="member"),
    path("client/members/<int:pk>/remove", members.remove, name="member_remove"),
    path("client/invitations/<int:pk>/withdraw", members.withdraw, name="invitation_withdraw"),
    path("client/notifications", notifications.notifications, name="notifications"),
    path("client/notifications/address", notifications.address_works, name="address_works"),
    path("client/notifications/<int:pk>", notifications.notification, name="notification"),
    path("invite/<str:token>", invitations.invite, name="invite"),
]

# Registration, sign-in, factors, sessions: django-allauth behind our paths, with the names that it looks for.
signing: list[URLPattern | URLResolver] = [
    path("register", register.register, name="account_signup"),
    path("client/verify", register.look_into_mail, name="account_email_verification_sent"),
    path("client/verify/<str:token>", register.verify, name="account_confirm_email"),
    path("client/keep-email/<str:token>", register.keep_email, name="keep_email"),
    path("client/login", sign_in.sign_in, name="account_login"),
    path("client/login/passkey", sign_in.sign_in_by_passkey, name="mfa_login_webauthn"),
    path("client/two-factor-challenge", sign_in.challenge, name="mfa_authenticate"),
    path(
        "client/two-factor-challenge/passkey", sign_in.challenge_options, name="challenge_passkey"
    ),
    path("client/logout", sign_in.sign_out, name="account_logout"),
    path("client/forgot-password", resets.forgot, name="account_reset_password"),
    path("client/forgot-password/sent", resets.sent, name="account_reset_password_done"),
    path("client/reset-password/<str:token>", resets.reset, name="account_reset_password_from_key"),
    path("client/reset-password/<str:token>/passkey", resets.reset_options, name="reset_passkey"),
    path(".well-known/change-password", well_known.change_password),
    path(".well-known/security.txt", well_known.security_txt),
]

# A person's own security: password, address, factors, sessions.
own: list[URLPattern | URLResolver] = [
    path("client/security", security.security, name="security"),
    path("client/security/password", security.change_password, name="change_password"),
    path("client/security/email", security.change_email, name="change_email"),
    path("client/security/email/drop", security.drop_email_change, name="drop_email_change"),
    path("client/security/email/verify", security.send_verification, name="send_verification"),
    path("client/security/language", reading.reading, name="reading"),
    path("client/security/two-factor", second_factors.two_factor, name="two_factor"),
    path("client/security/two-factor/codes", second_factors.recovery_codes, name="recovery_codes"),
    path("client/security/two-factor/<int:pk>/remove", second_factors.remove, name="remove_factor"),
    path("client/security/passkeys", second_factors.passkeys, name="passkeys"),
    path(
        "client/security/passkeys/options", second_factors.passkey_options, name="passkey_options"
    ),
    path("client/security/passkeys/<int:pk>/rename", second_factors.rename, name="rename_passkey"),
    path("client/security/sessions", sessions.sessions, name="sessions"),
    path("client/security/sessions/<int:pk>/end", sessions.end, name="end_session"),
    path("client/security/sessions/end-others", sessions.end_others, name="end_other_sessions"),
]

urlpatterns = [
    path("", include((shown + shop + people + own, "portal"))),
    *signing,
]
