"""Many worlds, beside the tests: ``python -m tests.model --worlds 200 --days 400``. Ends at the first difference."""

import argparse
import os
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path


def main() -> None:
    """Live through the worlds of the seeds from ``--first`` on, each in a transaction that is rolled back."""
    parser = argparse.ArgumentParser(prog="python -m tests.model", description=__doc__)
    parser.add_argument("--worlds", type=int, default=20, help="how many (20)")
    parser.add_argument("--days", type=int, default=120, help="of each world (120)")
    parser.add_argument("--first", type=int, default=0, help="seed of the first world (0)")
    parser.add_argument("--data", type=Path, help="a data folder to make or to use again")
    parser.add_argument("--all", action="store_true", help="go on after a difference")
    asked = parser.parse_args()
    folder = asked.data or Path(tempfile.mkdtemp(prefix="commerce-model-"))
    os.environ["COMMERCE_DATA_DIR"] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "commerce.config.settings"

    import django

    django.setup()
    from django.core.management import call_command
    from django.db import transaction

    from tests.make.proof import proof_violations
    from tests.model.worlds import World, left_to_prove

    call_command("migrate", verbosity=0)
    seen: Counter[str] = Counter()
    began, bad = time.process_time(), 0
    for seed in range(asked.first, asked.first + asked.worlds):
        with transaction.atomic():
            world = World(seed)
            try:
                world.live(asked.days)
                found = left_to_prove(proof_violations(world.at))
                assert found == {}, found
            except Exception:
                sys.stderr.write(f"World {seed}, {world.today}: {dict(world.seen)}\n")
                if not asked.all:
                    raise
                bad += 1
                sys.stderr.write(traceback.format_exc(limit=-6) + "\n")
            seen += world.seen
            transaction.set_rollback(True)
        sys.stdout.write(f"{seed}: {dict(world.seen)}, {time.process_time() - began:.0f} s\n")
        sys.stdout.flush()
    sys.stdout.write(f"{asked.worlds} worlds, {bad} with a difference: {dict(seen)}\n")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
