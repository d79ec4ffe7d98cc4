from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "commerce.orders"

    def ready(self) -> None:
        from commerce.billing.reading import no_fee_where
        from commerce.domains import ordered
        from commerce.hosting import provisioning
        from commerce.orders.actions.codes import forget_code
        from commerce.orders.actions.stopping import is_not_stopped
        from commerce.orders.daily import of_order_never_active
        from commerce.orders.given import given_for

        ordered.kept_by(given_for, forget_code)
        provisioning.holds_if("order", is_not_stopped)
        no_fee_where(of_order_never_active)
