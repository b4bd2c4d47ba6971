"""Openly licensed music from a table: whole tracks that their publisher streams, each with the licence's line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as some

from agents.models import Conversation
from recommender.library import store_listings
from recommender.library.importers import open_music
from recommender.library.service_streams import playing_here
from recommender.models import AudioProfile, Track
from recommender.music.styles import styles
from tests.factories import ConversationFactory, PlaylistFactory, PlaylistItemFactory, TurnFactory

HEADER = "title,artist,year,duration,isrc,feel,bpm,instruments,file\n"
ROWS = (
    'Harbour Waltz,Kevin MacLeod,2012,172,USUAN1200067,"Calming, Bright",84,Piano,Harbour%20Waltz.mp3\n'
    'Boss Fight,Kevin MacLeod,2006,44,USUAN1100343,"Action, Dark",134,"Synths, Percussion",Boss%20Fight.mp3\n'
)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    file = tmp_path / "music.csv"
    file.write_text(HEADER + ROWS)
    return file


@pytest.mark.django_db
def test_a_table_becomes_tracks_that_feel_as_their_composer_says(table: Path) -> None:
    assert open_music.load(table).added == 2
    waltz, fight = (Track.objects.get(title=title) for title in ("Harbour Waltz", "Boss Fight"))
    assert (waltz.owner, waltz.source, waltz.duration, waltz.isrc) == (None, "open", 172.0, "USUAN1200067")
    assert waltz.profile.valence > 0.7 and waltz.profile.arousal < 0.4
    assert fight.profile.valence < 0.4 and fight.profile.arousal > 0.6
    assert waltz.profile.provenance == AudioProfile.Provenance.TABLE and waltz.annotation.styles
    again = open_music.load(table)
    assert (again.added, again.updated, again.unchanged) == (0, 0, 2)
    assert open_music.remove() == 2 and not Track.objects.exists()


@pytest.mark.django_db
def test_its_rows_play_from_the_publisher_with_the_licences_line(table: Path, client: Client) -> None:
    open_music.load(table)
    playlist = PlaylistFactory()
    for track in Track.objects.all():
        PlaylistItemFactory(playlist=playlist, track=track)
    shown: Conversation = ConversationFactory(owner=playlist.owner, head=playlist)
    TurnFactory(conversation=shown, state="done")
    client.force_login(playlist.owner)
    answer = client.get(reverse("conversation", args=[shown.pk]), {"open": ""})
    html = answer.content.decode()
    assert 'data-audio="https://incompetech.com/music/royalty-free/mp3-royaltyfree/Harbour%20Waltz.mp3"' in html
    assert html.count("incompetech.com · CC BY 4.0</a>") == 2
    assert "“Boss Fight” Kevin MacLeod (incompetech.com), licensed under Creative Commons: By Attribution 4.0" in html
    assert " https://incompetech.com;" in answer["Content-Security-Policy"]
    assert store_listings.without_sound(None, list(Track.objects.values_list("pk", flat=True))) == []
    assert not playing_here(None).exists()  # it needs the network
    open_music.remove()
    assert "incompetech" not in client.get(reverse("conversation", args=[shown.pk]))["Content-Security-Policy"]


@pytest.mark.django_db
@pytest.mark.parametrize("file", ["../../x.mp3", "a b.mp3", "//evil.example/x.mp3", "x.exe", "", '"x"".mp3"'])
def test_a_row_whose_file_is_none_is_left_out(file: str, tmp_path: Path) -> None:
    table = tmp_path / "music.csv"
    table.write_text(f"{HEADER}A Song,Somebody,2000,100,,Dark,90,Piano,{file}\n")
    outcome = open_music.load(table)
    assert (outcome.read, outcome.skipped, outcome.added) == (1, 1, 0)


@pytest.mark.django_db
def test_another_table_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other.csv"
    other.write_text("title,artist\nA,B\n")
    with pytest.raises(SystemExit):
        call_command("open_music", str(other), json=True)
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "not_open_music"
    with pytest.raises(open_music.NotThatTable):
        open_music.load(tmp_path / "none.csv")


@given(some.text(max_size=60), some.text(max_size=60))
def test_whatever_a_row_says_it_becomes_a_track_within_bounds_or_none(feel: str, instruments: str) -> None:
    row = open_music._row(2, {"title": "A", "artist": "B", "feel": feel, "instruments": instruments, "file": "a.mp3"})
    assert row and row.arousal is not None and row.features["valence"] is not None
    assert 0 <= row.arousal <= 1 and 0 <= row.features["valence"] <= 1
    assert row.genre in styles()


@pytest.mark.django_db
def test_the_real_catalogue_is_read_whole(shared_data: Path) -> None:
    outcome = open_music.load(shared_data / "songs" / "incompetech.csv")
    assert outcome.read == 1442 and outcome.added + outcome.skipped == 1442 and outcome.skipped < 15
