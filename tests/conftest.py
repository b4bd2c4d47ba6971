"""Shared by all tests: a database cloned from a migrated one, media in a temporary folder, real data where it is at
hand."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from django.conf import LazySettings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.management import call_command
from django.db import connection, transaction
from django.test import TransactionTestCase
from pytest_django.plugin import DjangoDbBlocker

from tests.environment import digest_of_tables

# How long an example takes to make is the machine's business; fixtures here hold nothing that examples change.
hypothesis.settings.register_profile(
    "tests",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.function_scoped_fixture],
)
hypothesis.settings.load_profile("tests")

TEMPLATE_LOCK = 0x74657374
"""The number of the advisory lock that lets only one process make the migrated database or clone it."""
SINCE_MIGRATING = {"django_content_type", "auth_permission", "auth_group", "auth_group_permissions"}
"""Tables that are filled whenever the tables change; no test whose rows are committed changes them."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Modules stay whole, for what they share, and the longest come first: no process works on when the others are
    done. Among the rest the order is as it was (random)."""
    places: dict[str, list[int]] = {}
    for place, item in enumerate(items):
        long = 0 if item.get_closest_marker("browser") else 1 if item.get_closest_marker("slow") else 2
        kept = places.setdefault(_module(item), [long, place])
        kept[0] = min(kept[0], long)
    items.sort(key=lambda item: places[_module(item)])


def _module(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_modify_db_settings: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """A database of this process, cloned from one that is migrated once for all processes and runs."""
    own = connection.creation._get_test_db_name()
    with django_db_blocker.unblock():
        usual = connection.settings_dict["NAME"]
        with connection._nodb_cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [TEMPLATE_LOCK])  # until this connection closes
            cursor.execute(f'DROP DATABASE IF EXISTS "{own}"')
            cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE 'migrated%'")
            made, template = {name for (name,) in cursor.fetchall()}, f"migrated_{digest_of_tables()}"
            if template not in made:
                for old in {*made, "migrating"}:
                    cursor.execute(f'DROP DATABASE IF EXISTS "{old}"')
                cursor.execute('CREATE DATABASE "migrating"')
                _use_database("migrating")
                call_command("migrate", interactive=False, verbosity=0)
                connection.close()
                cursor.execute(f'ALTER DATABASE "migrating" RENAME TO "{template}"')
            cursor.execute(f'CREATE DATABASE "{own}" TEMPLATE "{template}"')
            cursor.execute(f'ALTER DATABASE "{own}" SET synchronous_commit = off')
        _use_database(own)
    yield
    with django_db_blocker.unblock():
        _use_database(usual)
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{own}" WITH (FORCE)')


def _use_database(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name


def _empty_tables(_case: TransactionTestCase) -> None:
    """What Django's own teardown leaves, in milliseconds: it truncates every table, and fills those of
    ``SINCE_MIGRATING`` anew."""
    tables = set(connection.introspection.django_table_names(only_existing=True)) - SINCE_MIGRATING
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # no order among tables that refer to others
        for table in sorted(tables):
            cursor.execute(f'DELETE FROM "{table}"')


@pytest.fixture(scope="session", autouse=True)
def quick_parts() -> Iterator[None]:
    """Tests of rows that are committed end quickly, and a password costs no tenth of a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", _empty_tables)
        for name, least in (("time_cost", 1), ("memory_cost", 8), ("parallelism", 1)):
            patch.setattr(Argon2PasswordHasher, name, least)
        yield


@pytest.fixture(autouse=True)
def own_folders(settings: LazySettings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The project's folder of real data; tests that need it skip with a reason where it is absent."""
    folder = Path(os.environ.get("DYLUMO_SHARED", Path(__file__).resolve().parents[2] / "shared")) / "data"
    if not folder.is_dir():
        pytest.skip(f"needs the real data folder, not found at {folder}")
    return folder
