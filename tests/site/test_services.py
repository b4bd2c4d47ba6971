"""The embedded database and Redis: started once, found again, kept through crashes."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from core import home as places
from dylumo_site.ops import embedded
from dylumo_site.ops.embedded import redis_server
from tests.site.site_copy import Copy, eventually, kill, own_copy

START = "from dylumo_site.ops import embedded; embedded.start(print)"
CONNECT = """
import psycopg
from dylumo_site.ops import embedded
embedded.start()
where = embedded.database_settings()
def run(statement):
    with psycopg.connect(host=where["HOST"], user=where["USER"], dbname=where["NAME"], autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else None
"""


@pytest.fixture(scope="module")
def twice_started() -> Iterator[tuple[Copy, list[tuple[int, str]]]]:
    """A copy that two programs started at once, and how each ended and what it said."""
    with own_copy() as copy:
        both = [copy.start("-c", START), copy.start("-c", START)]
        said = [process.communicate(timeout=120)[0] for process in both]
        yield copy, [(process.returncode, text) for process, text in zip(both, said, strict=True)]


@pytest.fixture(scope="module")
def copy(twice_started: tuple[Copy, list[tuple[int, str]]]) -> Copy:
    return twice_started[0]


@pytest.mark.slow
def test_two_first_starts_at_once_make_one_database_and_one_redis(
    twice_started: tuple[Copy, list[tuple[int, str]]],
) -> None:
    ends, said = zip(*twice_started[1], strict=True)
    assert ends == (0, 0), said
    assert "".join(said).count("database") == "".join(said).count("redis") == 1


@pytest.mark.slow
def test_a_running_pair_is_used_not_started_again(copy: Copy) -> None:
    copy.python(START)
    before = copy.pids()
    assert copy.python(START) == ""
    assert copy.pids() == before


@pytest.mark.slow
def test_pgvector_is_there_and_the_tuning_is_in_force(copy: Copy) -> None:
    code = CONNECT + "run('CREATE EXTENSION IF NOT EXISTS vector'); print(run(\"SELECT '[1,2]'::vector <-> '[1,4]'\"))"
    assert copy.python(code) == "[(2.0,)]"
    assert copy.python(CONNECT + "print(run('SHOW jit'), run('SHOW shared_buffers'))") == "[('off',)] [('256MB',)]"


@pytest.mark.slow
def test_only_the_owner_may_enter_the_sockets(copy: Copy) -> None:
    copy.python(START)
    assert (copy.folder / "postgres").stat().st_mode & 0o077 == 0
    assert (copy.folder / "redis.sock").stat().st_mode & 0o077 == 0
    assert copy.python(CONNECT + "print(run('SHOW listen_addresses'))") == "[('',)]"


@pytest.mark.slow
def test_what_was_written_survives_a_kill_of_both(copy: Copy) -> None:
    copy.python(CONNECT + "run('CREATE TABLE kept AS SELECT 42 AS answer')")
    redis = f"from redis import Redis; r = Redis(unix_socket_path='{copy.folder}/redis.sock');"
    copy.python(redis + "r.set('kept', 42)")
    assert eventually(lambda: (copy.folder / "redis" / "appendonly.aof").stat().st_size > 0)
    for pid in copy.pids().values():
        kill(pid)
    assert copy.python(START) == "database\nredis"
    assert copy.python(CONNECT + "print(run('SELECT answer FROM kept'))") == "[(42,)]"
    assert copy.python(redis + "print(r.get('kept'))") == "b'42'"


@pytest.mark.slow
def test_a_pid_file_whose_number_belongs_to_another_program_does_not_block_the_start(copy: Copy) -> None:
    copy.python(START)
    for pid in copy.pids().values():
        kill(pid)
    for pid_file in (copy.folder / "postgres" / "postmaster.pid", copy.folder / "redis" / "pid"):
        lines = pid_file.read_text().splitlines()
        pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    assert copy.python(START) == "database\nredis"


@pytest.mark.slow
def test_what_is_written_is_its_owners_alone(copy: Copy) -> None:
    (copy.folder / "mail").mkdir()
    (copy.folder / "mail").chmod(0o755)
    code = (
        "import django; django.setup()\n"
        "from django.core.files.base import ContentFile\n"
        "from django.core.files.storage import default_storage\n"
        "default_storage.save('sounds/song.mp3', ContentFile(b'x'))\n"
        "from dylumo_site.ops.supervisor import Console\n"
        f"Console(__import__('pathlib').Path({str(copy.folder)!r}) / 'logs')('web', 'a secret')"
    )
    copy.python(code, DJANGO_SETTINGS_MODULE="dylumo_site.settings")
    for path in ("mail", "media", "media/sounds", "media/sounds/song.mp3", "logs", "logs/web.log"):
        assert (copy.folder / path).stat().st_mode & 0o077 == 0, path


@pytest.mark.slow
def test_an_initialisation_that_was_cut_off_is_begun_anew() -> None:
    with own_copy() as copy:
        draft = copy.folder / "postgres.new"
        draft.mkdir()
        (draft / "PG_VERSION").write_text("18")
        assert copy.python(START) == "database\nredis"


@pytest.mark.slow
def test_a_database_of_another_postgresql_is_named_with_the_cure() -> None:
    with own_copy() as copy:
        folder = copy.folder / "postgres"
        folder.mkdir(mode=0o700)
        (folder / "PG_VERSION").write_text("17\n")
        refused = copy.run("-c", START)
        assert refused.returncode == 1
        assert "written by PostgreSQL 17" in refused.stderr and "pg_restore" in refused.stderr
        assert "disk space" not in refused.stderr and "Traceback" not in refused.stderr
        assert (folder / "PG_VERSION").read_text() == "17\n"


@pytest.mark.slow
def test_stopping_leaves_them_to_another_user_and_stops_them_when_there_is_none(copy: Copy) -> None:
    stop = "from dylumo_site.ops import embedded; print(embedded.stop())"
    user = copy.start("-c", f"{START}; import time; print('up', flush=True); time.sleep(60)")
    assert user.stdout is not None
    assert any("up" in line for line in iter(user.stdout.readline, ""))
    assert copy.python(stop) == "False"
    user.kill()
    user.wait()
    assert copy.python(stop) == "True"
    assert not (copy.folder / "postgres" / "postmaster.pid").exists()


@pytest.mark.slow
def test_a_home_with_a_long_path_gets_short_private_socket_folders() -> None:
    base = Path(tempfile.mkdtemp(prefix="dylumo-"))
    folder = base / ("a" * 60) / ("b" * 60)
    folder.mkdir(parents=True)
    try:
        with own_copy(folder) as copy:
            assert copy.python(CONNECT + "print(run('SELECT 1'))") == "[(1,)]"
            for place in (folder, folder / "postgres"):
                short = places.socket_folder(place)
                assert short.parent == Path(tempfile.gettempdir())
                assert short.stat().st_mode & 0o077 == 0
                assert len(str(short)) < places.LONGEST_SOCKET_FOLDER
    finally:
        for made in (base, places.socket_folder(folder), places.socket_folder(folder / "postgres")):
            shutil.rmtree(made, ignore_errors=True)


def test_a_stand_in_socket_folder_made_by_somebody_else_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    home = tmp_path / ("c" * 100)
    places.socket_folder(home).symlink_to(tmp_path)
    with pytest.raises(places.ServiceError, match="belongs to somebody else"):
        places.ready_socket_folder(home, os.geteuid())


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "postgresql://ann:p%40ss@db.example:6432/music",
            {"NAME": "music", "USER": "ann", "PASSWORD": "p@ss", "HOST": "db.example", "PORT": "6432"},
        ),
        ("postgres:///music?host=/run/pg", {"NAME": "music", "HOST": "/run/pg", "USER": ""}),
        ("postgresql://db.example/music?sslmode=require", {"OPTIONS": {"connect_timeout": 5, "sslmode": "require"}}),
    ],
)
def test_database_url_replaces_the_embedded_database(
    url: str, expected: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    assert expected.items() <= embedded.database_settings().items()


def test_a_database_url_of_another_kind_stops_the_start_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://db/music")
    with pytest.raises(places.ServiceError, match="must start with postgresql://"):
        embedded.database_settings()


def test_redis_url_replaces_the_embedded_redis_for_cache_and_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://cache.example:6380")
    monkeypatch.setenv("DYLUMO_REDIS_DB", "3")
    assert embedded.redis_url() == embedded.broker_url() == "redis://cache.example:6380?db=3"


def test_without_any_redis_server_the_cure_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(redis_server.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(places.ServiceError, match="apt install redis-server"):
        redis_server.redis_binary()


def test_a_home_that_cannot_be_made_is_named_with_its_cure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DYLUMO_HOME", str(tmp_path / "file" / "home"))
    with pytest.raises(places.ServiceError, match="Set DYLUMO_HOME"):
        places.home()


@pytest.mark.slow
def test_two_first_starts_read_the_same_secret_key() -> None:
    with own_copy() as copy:
        code = "from core import home; print(home.secret_key())"
        keys = {process.communicate(timeout=30)[0] for process in [copy.start("-c", code) for _ in range(4)]}
        assert len(keys) == 1
        assert (copy.folder / "secret_key").stat().st_mode & 0o077 == 0
