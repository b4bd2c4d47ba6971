"""A list's vectors: in columns of their own, read back to the digit, and moved there from older lists."""

from __future__ import annotations

import random
from importlib import import_module

import pytest
from django.db import connection

from core.schemas import MusicBrief, RankedList, dump
from recommender.models import Playlist
from recommender.playlists.versions import publish
from tests.factories import PlaylistFactory, UserFactory

pytestmark = pytest.mark.django_db

NUMBERS = random.Random(4)
WORDS = tuple(round(NUMBERS.uniform(-0.2, 0.2), 5) for _ in range(384))
BRIEF = MusicBrief(
    valence=0.5, arousal=0.4, vector=WORDS, crossing=(0.12345, -0.99999, 1e-05), crossing_space="basic-1"
)
migration = import_module("recommender.migrations.0014_list_vectors")


def run(statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def test_a_published_list_gives_its_brief_back_to_the_digit() -> None:
    made = Playlist.objects.get(pk=publish(UserFactory(), BRIEF, RankedList(tracks=())).pk)
    assert made.music_brief == BRIEF
    assert not {"vector", "crossing"} & set(made.brief)


def test_a_list_without_vectors_has_none() -> None:
    brief = MusicBrief(valence=0.5, arousal=0.4)
    made = Playlist.objects.get(pk=publish(UserFactory(), brief, RankedList(tracks=())).pk)
    assert (made.text_vector, made.picture_vector, made.music_brief) == (None, None, brief)


def test_older_lists_keep_their_vectors_there_and_back() -> None:
    old = PlaylistFactory(brief=dump(BRIEF))
    bare = PlaylistFactory(brief=dump(MusicBrief(valence=0.1, arousal=0.2)))
    run(migration.OUT)
    moved = Playlist.objects.get(pk=old.pk)
    assert moved.music_brief == BRIEF
    assert moved.text_vector is not None and not {"vector", "crossing"} & set(moved.brief)
    assert Playlist.objects.get(pk=bare.pk).text_vector is None
    run(migration.BACK)
    assert Playlist.objects.get(pk=old.pk).brief == dump(BRIEF)
    assert Playlist.objects.get(pk=bare.pk).brief == bare.brief
