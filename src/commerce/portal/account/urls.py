"""The client: members, invitations, tokens, notifications, profile."""

from django.urls import path

from commerce.portal.account import (
    activity,
    api_token_page,
    api_tokens,
    client_data,
    client_switch,
    dashboard,
    invitations,
    members,
    notifications,
    profile,
    search_results,
)
from commerce.portal.account.webhooks import endpoints

urlpatterns = [
    path("client", dashboard.home, name="home"),
    path("client/search", search_results.search_results, name="search"),
    path("client/dashboard", dashboard.dashboard, name="dashboard"),
    path("client/profile", profile.profile, name="profile"),
    path(
        "client/profile/billing-email/drop", profile.drop_billing_email, name="drop_billing_email"
    ),
    path("client/billing-email/<str:token>", profile.billing_email, name="billing_email"),
    path("client/activity", activity.activity, name="activity"),
    path("client/activity.csv", activity.activity_csv, name="activity_csv"),
    path("client/data", client_data.client_data, name="client_data"),
    path("client/data/export", client_data.export_data, name="export_data"),
    path("client/data/exports/<int:pk>", client_data.data_export, name="data_export"),
    path("client/data/erase", client_data.erase_data, name="erase_data"),
    path("client/data/keep", client_data.keep_data, name="keep_data"),
    path("client/switch", client_switch.client_switch, name="switch"),
    path("client/api-tokens", api_tokens.api_tokens, name="api_tokens"),
    path(
        "client/api-tokens/<int:pk>/limit", api_token_page.api_token_limit, name="api_token_limit"
    ),
    path("client/api-tokens/<int:pk>", api_token_page.api_token, name="api_token"),
    path(
        "client/api-tokens/<int:pk>/rotate",
        api_token_page.api_token_rotate,
        name="api_token_rotate",
    ),
    path("client/api-tokens/<int:pk>/revoke", api_tokens.api_token_revoke, name="api_token_revoke"),
    path("client/webhooks", endpoints.webhooks, name="webhooks"),
    path("client/webhooks/add", endpoints.webhook_add, name="webhook_add"),
    path("client/webhooks/<int:pk>", endpoints.webhook, name="webhook"),
    path("client/webhooks/<int:pk>/edit", endpoints.webhook_edit, name="webhook_edit"),
    path("client/webhooks/<int:pk>/rotate", endpoints.webhook_rotate, name="webhook_rotate"),
    path("client/webhooks/<int:pk>/remove", endpoints.webhook_remove, name="webhook_remove"),
    path("client/webhooks/<int:pk>/test", endpoints.webhook_test, name="webhook_test"),
    path("client/webhooks/<int:pk>/pause", endpoints.webhook_pause, name="webhook_pause"),
    path("client/webhooks/<int:pk>/resume", endpoints.webhook_resume, name="webhook_resume"),
    path("client/webhooks/<int:pk>/repeat", endpoints.webhook_repeat, name="webhook_repeat"),
    path(
        "client/webhook-deliveries/<int:pk>/repeat",
        endpoints.delivery_repeat,
        name="webhook_delivery_repeat",
    ),
    path("client/members", members.members, name="members"),
    path("client/members/<int:pk>", members.member, name="member"),
    path("client/members/<int:pk>/remove", members.member_remove, name="member_remove"),
    path(
        "client/invitations/<int:pk>/withdraw",
        members.invitation_withdraw,
        name="invitation_withdraw",
    ),
    path("client/notifications", notifications.notifications, name="notifications"),
    path("client/notifications/address", notifications.address_works, name="address_works"),
    path("client/notifications/<int:pk>", notifications.notification, name="notification"),
    path("invite/<str:token>", invitations.invite, name="invite"),
]
