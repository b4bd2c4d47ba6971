"""A take's list: coherent, varied between photos, explained, and never the same artist twice."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from django.core.management import call_command
from django.utils.translation import override

from core.schemas import ImageReading, Label, MusicBrief
from recommender import mapping
from recommender.library.importers.editor_songs import load_songs
from recommender.models import Track
from recommender.music.styles import affinity, places, styles
from recommender.ranking.filters import Facts
from recommender.ranking.friendly import Phrases
from recommender.ranking.known import jitter
from recommender.ranking.own_table import pool_of, rank_table
from recommender.ranking.pipeline import recommend

pytestmark = pytest.mark.django_db


def brief(*concepts: str, valence: float = 0.6, arousal: float = 0.5, seed: str = "") -> MusicBrief:
    seen = tuple(Label(name=name, score=0.9, kind="concept") for name in concepts)
    return mapping.brief_for(ImageReading(valence=valence, arousal=arousal, concepts=seen, phrase=seed))


def test_lists_of_the_box_hold_together_and_vary() -> None:
    load_songs()
    wanted = brief("beach", valence=0.8, arousal=0.4)
    ranked = recommend(wanted, None)
    assert len(ranked.tracks) == 12
    assert len({track.artist for track in ranked.tracks}) == 12
    direction = wanted.direction
    assert direction is not None
    near, place = affinity(direction.styles), places()
    played = Track.objects.filter(pk__in=[track.track_id for track in ranked.tracks]).select_related("annotation")
    for track in played:
        assert max(near[place[name]] for name in track.annotation.styles) >= 0.4, track

    # reasons: all there, all different, none about numbers
    reasons = [track.reason for track in ranked.tracks]
    assert len(set(reasons)) == 12
    assert not any("bpm" in reason for reason in reasons)

    # another way to hear it has other songs, and another photo of the same kind is no copy
    other = recommend(mapping.choose_take(wanted, 2), None)
    assert not {t.track_id for t in other.tracks} & {t.track_id for t in ranked.tracks}
    again = recommend(brief("beach", valence=0.8, arousal=0.4, seed="another photo"), None)
    assert len({t.track_id for t in again.tracks} & {t.track_id for t in ranked.tracks}) <= 10

    # what stood in one's last lists comes only where little else fits
    stale = {track.track_id for track in ranked.tracks}
    fresh = recommend(wanted, None, stale=stale)
    assert len(stale & {track.track_id for track in fresh.tracks}) <= 2

    # songs without a sound lead to where they can be heard
    assert all(track.links["spotify"].startswith("https://open.spotify.com/search/") for track in ranked.tracks)


def test_christmas_songs_are_for_christmas() -> None:
    load_songs()
    for wanted, expected in (("christmas", True), ("lazy morning", False)):
        ranked = recommend(brief(wanted, valence=0.65, arousal=0.25), None)
        played = Track.objects.filter(pk__in=[track.track_id for track in ranked.tracks]).select_related("annotation")
        assert any("christmas" in track.annotation.themes for track in played) is expected
    heard = tuple(Label(name=name, score=1.0, kind="style") for name in ("easy listening", "traditional pop"))
    plain = recommend(mapping.brief_for(ImageReading(valence=0.6, arousal=0.3, styles=heard)), None)
    titles = [track.title for track in plain.tracks]
    assert titles and not any("Christmas" in title for title in titles)


def test_own_songs_in_the_order_in_which_they_suit() -> None:
    rows = [
        {"title": "Weightless", "artist": "Marconi Union"},
        {"title": "Gymnopédie No. 1", "artist": "Erik Satie"},
        {"title": "Killing in the Name", "artist": "Rage Against the Machine"},
        {"title": "Angel of Death", "artist": "Slayer"},
    ]
    ranked = rank_table(brief("sleep", valence=0.7, arousal=0.1), pool_of(rows))
    assert {row.title for row in ranked[:2]} == {"Weightless", "Gymnopédie No. 1"}
    assert ranked[0].score > ranked[-1].score
    assert ranked[0].known


def test_rank_says_what_it_knows_of_each_song_and_stores_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "mine.csv"
    with table.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["title", "artist"], ["Silent Night", "Bing Crosby"], ["Xyzzy", "Nobody Known"]])
    call_command("rank", "--say", "Christmas morning", "--tracks", str(table), "--json")
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["title"] for line in lines] == ["Silent Night", "Xyzzy"]
    assert lines[1]["known"] is None
    assert {"title", "artist", "score", "parts", "known"} <= lines[0].keys()
    assert not Track.objects.exists()


def test_rank_without_anything_to_go_by_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "mine.csv"
    table.write_text("title,artist\nA,B\n")
    with pytest.raises(SystemExit):
        call_command("rank", "--tracks", str(table), "--json")
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["code"]
    assert error["hint"]


def test_a_table_without_titles_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "mine.csv"
    table.write_text("colour,size\nred,2\n")
    with pytest.raises(SystemExit):
        call_command("rank", "--say", "rain", "--tracks", str(table), "--json")
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "table_columns"


def test_near_ties_fall_the_same_way_every_time_and_another_way_for_another_photo() -> None:
    songs = [Facts(title=f"Song {number}", artist="Somebody") for number in range(500)]
    one, same, other = jitter(songs, 7), jitter(songs, 7), jitter(songs, 8)
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
    assert -1 <= one.min() < one.max() <= 1


def test_a_reason_says_only_what_is_known_of_the_song() -> None:
    pool = pool_of([{"title": "Gymnopédie No. 1", "artist": "Erik Satie"}])
    heard = brief("fog", "rain", valence=0.5, arousal=0.2)
    sentence = str(Phrases(heard).reason(pool, 0, "theme"))
    assert "fog" in sentence or "rain" in sentence
    assert any(style in sentence for style in styles())
    with override("de"):
        assert "Nebel" in str(Phrases(heard).reason(pool, 0, "theme"))
    unknown = pool_of([{"title": "Xyzzy", "artist": "Nobody Known"}])
    assert Phrases(brief("fog")).reason(unknown, 0, "theme") is None
