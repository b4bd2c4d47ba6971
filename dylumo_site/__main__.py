"""``python -m dylumo_site COMMAND ...``: prepare, then run ``manage.py COMMAND ...``. This is what ``bin/run`` calls.

Without a command it is ``up``.
"""

from __future__ import annotations

import os
import sys

from core.errors import DylumoError
from dylumo_site import preparation

PREPARE_THEMSELVES = {"up", "dev", "down", "restore", "keys", "help", "version"}
ALONE = {"web", "worker", "scheduler"}
"""Parts of the tree, each for a machine of its own."""
NEED_MUSIC = {"recommend", "seed"}


def main(arguments: list[str]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dylumo_site.settings")
    import django
    from django.core.management import execute_from_command_line

    arguments = arguments or ["up"]
    if arguments[0] not in PREPARE_THEMSELVES and not {"-h", "--help"} & set(arguments):
        if arguments[0] in ALONE:
            preparation.mind_the_others()
        preparation.start_services()
        django.setup()
        preparation.migrate()
        if arguments[0] in NEED_MUSIC:
            preparation.make_music()
        if arguments[0] == "scheduler":
            preparation.furnish()
    execute_from_command_line(["bin/run", *arguments])


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except DylumoError as error:
        raise SystemExit(f"{error.message} {error.hint}") from error
