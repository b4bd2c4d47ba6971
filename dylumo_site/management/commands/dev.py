"""Everything as ``up``, for whoever changes it: web and workers start again when code or templates change."""

from __future__ import annotations

import os

from dylumo_site.management.commands import up


class Command(up.Command):
    help = "Run everything for development: starts again on changes of code and templates, with Django's debug pages."
    reload = True

    def bring_up(self, url: str) -> None:
        # for the programs of the tree: errors with tracebacks, and static files that are read anew each time
        os.environ.setdefault("DYLUMO_DEBUG", "1")
        super().bring_up(url)
