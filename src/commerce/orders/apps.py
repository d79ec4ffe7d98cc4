from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "commerce.orders"

    def ready(self) -> None:
        from commerce.domains import ordered
        from commerce.orders.actions.codes import forget_code
        from commerce.orders.given import given_for

        ordered.kept_by(given_for, forget_code)
