"""What must be true before any command can work: services up, tables up to date, something to recommend.

Everything said goes to standard error: programs read the standard output of commands.
"""

from __future__ import annotations

import sys
from typing import NoReturn

from core import env, home
from dylumo_site.ops import embedded

MIGRATION_LOCK = 0x64796C75
"""The number of the advisory lock that lets only one process migrate a database."""


SHARED_ENGINES = {"DATABASE_URL": "a PostgreSQL (with pgvector)", "REDIS_URL": "a Redis"}
SHARED_KEYS = {"DYLUMO_SECRET_KEY": "secret_key", "DYLUMO_TOKEN_KEYS": "token_keys"}


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def mind_the_others() -> None:
    """A part that runs alone stands on engines and keys that the other parts share. Raises ServiceError."""
    for name, what in SHARED_ENGINES.items():
        if not env.text(name):
            raise home.ServiceError(
                f"{name} is not set. web, worker and scheduler run apart from each other, so they need {what} that "
                "all of them reach. (bin/run alone brings everything up by itself.)"
            )
    for name, file in SHARED_KEYS.items():
        if not env.text(name) and not (home.home() / file).is_file():
            raise home.ServiceError(
                f"{name} is not set, and {home.home() / file} is not there. All parts need the same keys: "
                f"bin/run keys makes them, and each part gets them by {name}_FILE."
            )


def start_services() -> None:
    embedded.start(lambda name: say(f"Started the {name}."))


def migrate() -> None:
    """Bring the tables up to date, after a dump of what they hold; a look of some milliseconds when they are. Raises
    DumpFailed, NewerDatabase."""
    from django.core.management import call_command
    from django.db import OperationalError, connection
    from django.db.migrations.executor import MigrationExecutor

    from dylumo_site.ops import dumps

    def outstanding() -> MigrationExecutor | None:
        executor = MigrationExecutor(connection)
        dumps.refuse_newer(executor.loader.applied_migrations, executor.loader)
        return executor if executor.migration_plan(executor.loader.graph.leaf_nodes()) else None

    try:
        if not outstanding():
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])  # until this connection closes
        if not (executor := outstanding()):
            return  # another start has done it meanwhile
        if executor.loader.applied_migrations and (kept := dumps.before_migrating()):
            say(f"The database as it was is kept in {kept}.")
        say("Bringing the database up to date.")
        call_command("migrate", interactive=False, verbosity=0)
    except OperationalError as error:
        raise home.ServiceError(
            f"The database did not answer: {str(error).strip()} Check DATABASE_URL, or leave it empty to use the "
            "embedded one."
        ) from error
    finally:
        connection.close()


def load_songs() -> None:
    """The editor's songs, in under two seconds on a first start and in some milliseconds later."""
    from django.conf import settings

    from recommender.library.importers import editor_songs

    if settings.SONGS and (added := editor_songs.load_songs()["added"]):
        say(f"{added:,} known songs are in.")


def furnish() -> None:
    """What a copy wants to hold: songs, pieces, models, vectors. What is missing and takes long becomes jobs."""
    from django.conf import settings

    from recommender.library.jobs import runner
    from recommender.models import LibraryJob

    load_songs()
    if settings.BOX_MUSIC:
        runner.start_box_music()
    if settings.DEMO_LIBRARY:
        runner.start(LibraryJob.Kind.DEMO)  # the workers make what is missing of it
    if settings.FETCH_MODELS:
        runner.start_models()
    runner.start_hearing_again()
    runner.start_vectors()


def make_music() -> None:
    """Something to recommend: the editor's songs, else, where the catalogue is empty, the demonstration library."""
    from tqdm import tqdm

    from recommender.library.jobs import runner

    load_songs()
    bars: list[tqdm[NoReturn]] = []

    def show(done: int, total: int, note: str) -> None:
        if not bars or bars[0].total != total:
            while bars:
                bars.pop().close()
            bars.append(tqdm(total=total, desc="Making the demonstration music", unit="piece", file=sys.stderr))
        bars[0].update(done - bars[0].n)
        bars[0].set_postfix_str(note)

    try:
        runner.ensure_demo_library(show)
    finally:
        for bar in bars:
            bar.close()
