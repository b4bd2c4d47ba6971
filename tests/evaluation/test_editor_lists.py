"""How like an editor's a list is, on made-up tags."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

import pytest

from lab.datasets.editor_lists import artist_name, artist_tags, centre, coherence, cosine, editor_lists, known


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    artists = [("1", "The Reggae Band"), ("2", "Ska & Friends"), ("3", "Metal Ones")]
    tagged = [("1", "sun"), ("1", "beach"), ("2", "sun"), ("2", "beach"), ("3", "loud"), ("3", "dark")]
    for name, header, rows in (
        ("artists.csv.gz", ("id", "name"), artists),
        ("user_taggedartists.csv.gz", ("artistID", "tagID"), tagged),
    ):
        with gzip.open(tmp_path / name, "wt", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header, *rows])
    return tmp_path


def test_artists_tagged_alike_stand_together_and_others_do_not(folder: Path) -> None:
    tags = artist_tags(folder)
    alike = known([("a", "Reggae Band"), ("b", "Ska and Friends feat. Somebody")], tags)
    assert len(alike) == 2
    assert coherence(alike) == pytest.approx(1)
    assert cosine(centre(alike), tags["metal ones"]) == 0
    assert known([("c", "Nobody")], tags) == []
    assert coherence([]) == 0


def test_the_first_named_artist_in_plain_words() -> None:
    assert artist_name("The Beyoncé feat. JAY-Z") == "beyonce"
    assert artist_name("Ska & Friends") == "ska and friends"


def test_lists_are_read_by_photo(tmp_path: Path) -> None:
    file = tmp_path / "lists.jsonl"
    file.write_text(json.dumps({"file": "a.jpg", "tracks": [["Song", "Artist", 1999]]}) + "\n")
    assert editor_lists(file) == {"a.jpg": [("Song", "Artist")]}
