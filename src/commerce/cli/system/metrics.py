"""`commerce metrics`: what a monitoring system asks, printed once."""

import click

from commerce.config import console


@click.command()
def metrics() -> None:
    """Print the installation's metrics for Prometheus.

    What the database knows: background work, emails, the daily run. Requests are counted by `commerce serve
    --metrics-port`.
    """
    console.load_django()
    from commerce.server.metrics import metrics_text

    click.echo(metrics_text().decode(), nl=False)
