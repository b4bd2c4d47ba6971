"""``recommend`` and ``align`` from the shell: the promised JSON, one error line for a bad file, limits kept."""

from __future__ import annotations

import io
import json
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from PIL import Image, ImageDraw

from recommender.models import AudioProfile, Track
from tests.factories import PlaylistFactory, PlaylistItemFactory, UserFactory
from tests.recommender.ranking.test_ranking import catalogue

pytestmark = pytest.mark.django_db


@pytest.fixture
def picture(tmp_path: Path) -> str:
    """A sunset over water, drawn."""
    image = Image.new("RGB", (320, 240), (250, 160, 90))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 140, 320, 240), fill=(70, 90, 150))
    draw.ellipse((130, 100, 190, 160), fill=(255, 230, 140))
    image.save(tmp_path / "sunset.jpg")
    return str(tmp_path / "sunset.jpg")


@pytest.fixture
def tone(tmp_path: Path) -> str:
    """Four seconds of a soft chord."""
    time = np.arange(4 * 22_050) / 22_050
    chord = sum(np.sin(2 * np.pi * pitch * time) for pitch in (220.0, 277.2, 329.6)) * np.exp(-time % 1)
    with wave.open(str(tmp_path / "chord.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(22_050)
        file.writeframes((chord * 8000).astype("<i2").tobytes())
    return str(tmp_path / "chord.wav")


def run(*words: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command(*words, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_several_pictures_become_a_journey_or_are_refused_when_too_many(picture: str) -> None:
    catalogue(60)
    journey = run("recommend", picture, picture, "--as", "journey", "--count", "6")
    assert len(journey["brief"]["stages"]) == 3
    assert len(journey["tracks"]) == 6
    assert run("recommend", picture, picture)["brief"]["stages"] == []
    with pytest.raises(SystemExit):
        call_command("recommend", *[picture] * 9, stderr=io.StringIO())


def test_recommend_prints_what_was_promised(picture: str) -> None:
    catalogue(200)
    result = run("recommend", picture, "--count", "7")
    assert list(result) == ["reading", "takes", "brief", "tracks", "turns", "unmet", "timings"]
    assert [list(track) for track in result["tracks"]] == [
        ["rank", "title", "artist", "year", "styles", "score", "parts", "reason", "links"]
    ] * 7
    assert [track["rank"] for track in result["tracks"]] == list(range(1, 8))
    assert 0 <= result["reading"]["valence"] <= 1 and result["timings"]["candidates"] > 0


def test_what_is_said_limits_the_list(picture: str) -> None:
    catalogue(200)
    result = run("recommend", picture, "--say", "something calmer", "--say", "under 100 bpm")
    fast = set(AudioProfile.objects.filter(tempo__gt=100).values_list("track__title", "track__artist"))
    assert result["brief"]["limits"]["tempo_max"] == 100
    assert not {(track["title"], track["artist"]) for track in result["tracks"]} & fast
    assert result["brief"]["arousal"] < run("recommend", picture)["brief"]["arousal"]


def test_a_list_can_be_chosen_from_ones_own_playlist(picture: str) -> None:
    tracks, owner = catalogue(40), UserFactory()
    playlist = PlaylistFactory(owner=owner)
    for track in tracks[:6]:
        PlaylistItemFactory(playlist=playlist, track=track)
    result = run("recommend", picture, "--playlist", str(playlist.pk), "--user", owner.email)
    inside = {(track.title, track.artist) for track in tracks[:6]}
    assert {(track["title"], track["artist"]) for track in result["tracks"]} <= inside
    with pytest.raises(SystemExit):
        run("recommend", picture, "--playlist", str(playlist.pk), "--user", UserFactory().email)


@pytest.mark.parametrize("name", ["missing.jpg", "text.jpg"])
def test_a_file_that_is_no_picture_is_one_coded_line(name: str, tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("not a picture")
    out = io.StringIO()
    with pytest.raises(SystemExit) as stopped:
        call_command("recommend", str(tmp_path / name), "--json", stdout=out)
    line = json.loads(out.getvalue())
    assert stopped.value.code == 1 and line["file"].endswith(name)
    assert set(line["error"]) == {"code", "message", "hint"} and line["error"]["code"].startswith("picture_")


def test_an_empty_catalogue_is_said_to_be_empty(picture: str) -> None:
    Track.objects.all().delete()
    result = run("recommend", picture)
    assert result["tracks"] == [] and "no tracks to choose from" in result["unmet"][0]["message"]


def test_people_get_words_instead_of_json(picture: str) -> None:
    catalogue(60)
    out = io.StringIO()
    call_command("recommend", picture, "--count", "3", stdout=out)
    assert "Seen:" in out.getvalue() and "  3. " in out.getvalue() and "{" not in out.getvalue()


def test_a_song_draws_the_list_and_can_be_aligned(picture: str, tone: str) -> None:
    catalogue(60)
    plain, with_song = run("recommend", picture), run("recommend", picture, "--sound", tone)
    assert plain["brief"]["arousal"] != with_song["brief"]["arousal"]
    fit = run("align", picture, tone)
    assert list(fit) == ["score", "parts", "reasons"] and 0 <= fit["score"] <= 100
    assert {"valence", "arousal", "mood"} <= {part["name"] for part in fit["parts"]} and len(fit["reasons"]) >= 1


def test_a_song_without_a_file_is_aligned_by_its_name(picture: str) -> None:
    fit = run("align", picture, "--song", "Metallica - Enter Sandman")
    assert 0 <= fit["score"] <= 100 and fit["reasons"]
    out = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("align", picture, "--song", "Nobody - A song that nobody knows", "--json", stdout=out)
    assert json.loads(out.getvalue())["error"]["code"] == "sound_unknown"
    with pytest.raises(CommandError, match="--song"):
        call_command("align", picture)
