"""A copy made by the version before the packages were laid out by feature starts under this one, and nothing is lost.

``old_copy/`` holds its database and home folder; ``old_copy/make.py`` says how they were made.
"""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from mutagen.oggopus import OggOpus

from tests.site.site_copy import Copy, eventually, own_copy

pytestmark = pytest.mark.slow
OLD = Path(__file__).with_name("old_copy")
FACTS: dict[str, Any] = json.loads((OLD / "facts.json").read_text())
ADA, OWNER = FACTS["sessions"]["ada@example.org"], FACTS["sessions"]["owner@example.org"]

LOAD = """
import sys
from dylumo_site.ops import embedded
embedded.start()
from dylumo_site.ops.embedded.database import database_settings
import psycopg
where = database_settings()
with psycopg.connect(dbname=where["NAME"], user=where["USER"], host=where["HOST"], autocommit=True) as connection:
    connection.execute(open(sys.argv[1]).read())
"""

QUEUE = """
import json, sys, django
django.setup()
from django.conf import settings
from redis import Redis
redis = Redis.from_url(settings.REDIS_URL)
for queue, messages in json.loads(sys.argv[1]).items():
    redis.rpush(queue, *messages)
"""


@pytest.fixture(scope="module")
def copy() -> Iterator[Copy]:
    """The old copy in a folder of its own, as it stood when the old version ended, and started by this one."""
    with own_copy() as copy:
        with tarfile.open(OLD / "home.tar.gz") as archive:
            archive.extractall(copy.folder)  # our own; Python 3.11.2 knows no filter
        sql = gzip.decompress((OLD / "database.sql.gz").read_bytes()).decode()
        script = copy.folder / "old.sql"
        sql = re.sub(r"^\\(?:un)?restrict .*$", "", sql, flags=re.MULTILINE)  # for psql, which is not used here
        script.write_text(sql.replace(FACTS["home"], str(copy.folder)))
        done(copy.run("-c", LOAD, str(script)))
        done(copy.run("-c", QUEUE, json.dumps(FACTS["queues"]), DJANGO_SETTINGS_MODULE="dylumo_site.settings"))
        copy.up()
        yield copy


def done(process: subprocess.CompletedProcess[str]) -> str:
    assert process.returncode == 0, process.stderr
    return process.stdout.strip()


def asked(copy: Copy, code: str) -> Any:
    """What ``code`` leaves in ``told``, from a program of this version in the copy's home."""
    program = f"import django, json; django.setup(); told = None\n{code}\nprint(json.dumps(told))"
    printed = done(copy.run("-c", program, DJANGO_SETTINGS_MODULE="dylumo_site.settings"))
    return json.loads(printed.splitlines()[-1])


def browser(copy: Copy, session: str) -> httpx.Client:
    return httpx.Client(base_url=f"http://127.0.0.1:{copy.port}", cookies={"sessionid": session}, timeout=60)


def test_every_row_is_still_there_and_the_tables_are_this_versions(copy: Copy) -> None:
    counts = asked(
        copy,
        "from agents.models import Conversation, Turn; from feedback.models import Reaction\n"
        "from recommender.models import Playlist, Track\n"
        "told = {one.__name__: one.objects.count() for one in (Track, Playlist, Conversation, Turn, Reaction)}",
    )
    assert all(counts[name] >= count for name, count in FACTS["counts"].items()), counts
    done(copy.run("manage.py", "migrate", "--check"))


def test_lists_keep_what_they_were_made_for_to_the_digit(copy: Copy) -> None:
    briefs = asked(
        copy,
        "from core.schemas import dump; from recommender.models import Playlist\n"
        "told = {str(one.pk): dump(one.music_brief) for one in Playlist.objects.all()}",
    )
    for pk, brief in FACTS["briefs"].items():
        assert without_news(briefs[pk], brief) == brief


def without_news(now: Any, then: Any) -> Any:
    """``now`` without what ``then`` could not know: fields that came later."""
    if isinstance(then, dict):
        return {name: without_news(now[name], value) for name, value in then.items()}
    if isinstance(then, list):
        return [without_news(new, old) for new, old in zip(now, then, strict=True)]
    return now


def test_people_stay_signed_in(copy: Copy) -> None:
    with browser(copy, ADA) as ada:
        assert ada.get("/lists/").status_code == 200
    with browser(copy, OWNER) as owner:
        assert owner.get("/admin/").status_code == 200
    with browser(copy, "nobody") as nobody:
        assert nobody.get("/admin/").status_code == 302


def test_every_address_answers_as_before_or_leads_on(copy: Copy) -> None:
    """What answered answers; a redirect may take its place."""
    answers = {}
    for address in FACTS["answers"]:
        with browser(copy, OWNER if address.startswith("/admin/") else ADA) as client:
            answers[address] = client.get(address).status_code
    changed = {
        address: (before, answers[address])
        for address, before in FACTS["answers"].items()
        if answers[address] != before and not (before < 400 and 300 <= answers[address] < 400)
    }
    assert changed == {}


def test_tasks_keep_the_names_that_waiting_messages_carry(copy: Copy) -> None:
    known = asked(
        copy, "from dylumo_site.celery import app; app.loader.import_default_modules(); told = sorted(app.tasks)"
    )
    assert set(FACTS["tasks"]) <= set(known)


def test_what_was_waiting_is_done(copy: Copy) -> None:
    """A turn and a scan that the old version had put into its queue."""

    def states() -> list[str]:
        turn = copy.rows("SELECT state FROM agents_turn WHERE id = %s", FACTS["waiting"]["turn"])
        return [state for ((state,),) in (turn, job_of(copy))]

    assert eventually(lambda: states() == ["done", "done"], 120), states()


def job_of(copy: Copy) -> list[tuple[Any, ...]]:
    return copy.rows("SELECT state FROM recommender_libraryjob WHERE id = %s", FACTS["waiting"]["job"])


def test_a_sound_is_analysed_once(copy: Copy) -> None:
    """Known files keep what is known of them, and a copy with other tags is the same sound, whatever it is called."""
    assert eventually(lambda: job_of(copy) == [("done",)], 120)
    readings = copy.folder / "cache" / "readings"

    def kept() -> set[Path]:
        return {path for path in readings.rglob("*") if path.is_file()}

    def scanned(name: str) -> None:
        shutil.copy(copy.folder / "music" / "slow.ogg", copy.folder / "music" / name)
        tagged = OggOpus(copy.folder / "music" / name)
        tagged["title"] = f"The same, as {name}"
        tagged.save()
        told = done(
            copy.run("manage.py", "scan_library", str(copy.folder / "music"), "--owner", "ada@example.org", "--json")
        )
        counts = json.loads(told.splitlines()[-1])
        assert (counts["added"], counts["updated"], counts["skipped"]) == (1, 0, 0), counts

    old = kept()
    assert old
    scanned("tagged.ogg")
    heard = kept()
    assert heard >= old
    assert len(heard - old) <= 1  # this version's own analysis of that sound, where it has become another
    scanned("tagged once more.ogg")
    assert kept() == heard
    profiles = asked(
        copy,
        "from recommender.models import Track\n"
        "told = {one.file: [one.title, one.profile.tempo, one.profile.valence]"
        " for one in Track.objects.filter(source='files').select_related('profile')}",
    )
    for path, known in FACTS["tracks"].items():
        assert profiles[path.replace(FACTS["home"], str(copy.folder))] == known
