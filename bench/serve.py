"""``python -m bench.serve APPLICATION PORT WORKERS THREADS``: a contestant under the product's own server.

APPLICATION is ``module:name`` of a WSGI function, or ``ours``: the product as `commerce serve --behind-proxy` runs it.
"""

import os
import sys
from collections.abc import Callable
from importlib import import_module
from multiprocessing import set_start_method
from typing import Any

from commerce.server import listener
from commerce.server.asgi_bridge import AsgiBridge


def loader_for(application: str) -> Callable[[listener.ProcessPlan], Any]:
    """What a worker loads for a contestant."""

    def loaded(plan: listener.ProcessPlan) -> Any:
        if application == "ours":
            return listener.load_worker(plan)
        module, _, name = application.partition(":")
        handler = getattr(import_module(module), name)
        return AsgiBridge(handler, handler)

    return loaded


def main(application: str, port: str, workers: str, threads: str) -> None:
    set_start_method("fork")
    listener.run_server(
        listener.ProcessPlan(
            serves="pages",
            host="127.0.0.1",
            port=int(port),
            workers=int(workers),
            threads=int(threads),
            behind_proxy=True,
            log_folder=os.environ["COMMERCE_DATA_DIR"] + "/log",
            log_days=1,
        ),
        loader_for(application),
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
