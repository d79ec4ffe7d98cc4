"""`commerce metrics`: what a monitoring system asks, printed once."""

import click

from commerce.server.metrics import metrics_text


@click.command()
def metrics() -> None:
    """Print the installation's metrics for Prometheus.

    What the database knows: background work, emails, the daily run. Requests are counted by `commerce serve
    --metrics-port`.
    """
    click.echo(metrics_text().decode(), nl=False)
