"""The Conversational Playlist Curation Dataset (Chaganty et al. 2023): its dialogues, and its tracks as a catalogue.

Of a track only title, artist and album are in the set. Sound features come from the public Spotify table where it has
the track's Spotify id; the others are known by name only.
"""

from __future__ import annotations

import csv
import gzip
import itertools
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recommender.library.importers.tables.importer import import_table
from recommender.library.jobs.state import Progress
from recommender.library.vectors import text as text_vectors
from recommender.models import AudioProfile, Track, TrackLink


@dataclass(frozen=True, kw_only=True)
class Said:
    """One request; ``liked`` and ``disliked``: places in the track table, among what was shown in answer to it."""

    text: str
    liked: tuple[int, ...]
    disliked: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Corpus:
    """``tracks``: rows of the track table; ``dialogues``: requests in order."""

    tracks: list[dict[str, str]]
    dialogues: list[list[Said]]

    def narrowed(self, most: int) -> Corpus:
        """The same dialogues over fewer tracks: all they speak of, then the first others until there are ``most``."""
        spoken = {place for dialogue in self.dialogues for said in dialogue for place in (*said.liked, *said.disliked)}
        others = (place for place in range(len(self.tracks)) if place not in spoken)
        kept = [*sorted(spoken), *itertools.islice(others, max(most - len(spoken), 0))]
        new = {place: row for row, place in enumerate(kept)}
        told = [
            [
                Said(text=s.text, liked=tuple(new[p] for p in s.liked), disliked=tuple(new[p] for p in s.disliked))
                for s in dialogue
            ]
            for dialogue in self.dialogues
        ]
        return Corpus(tracks=[self.tracks[place] for place in kept], dialogues=told)


def read(folder: Path, most: int | None = None) -> Corpus:
    """The set in ``folder``; the first ``most`` dialogues of it."""
    with (folder / "tracks.csv").open(encoding="utf-8", newline="") as file:
        tracks = list(csv.DictReader(file))
    place = {track["track_id"]: row for row, track in enumerate(tracks)}
    with gzip.open(folder / "dialogs.train.jsonl.gz", "rt", encoding="utf-8") as file:
        told = [json.loads(line)["turns"] for line in file][:most]
    dialogues = [[_said(turn, place) for turn in turns] for turns in told]
    return Corpus(tracks=tracks, dialogues=dialogues)


def _said(turn: dict[str, Any], place: dict[str, int]) -> Said:
    return Said(
        text=turn["user_query"],
        liked=tuple(place[one] for one in turn["liked_results"]),
        disliked=tuple(place[one] for one in turn["disliked_results"]),
    )


def fill_catalogue(tracks: list[dict[str, str]], features: Path) -> tuple[list[int], int]:
    """The tracks as catalogue rows with text vectors: their ids in the table's order, and how many have features."""
    known = _import_known(tracks, features)
    rows: list[int | None] = [known.pop(track["spotify_id"], None) for track in tracks]
    heard = sum(row is not None for row in rows)
    unknown = [place for place, row in enumerate(rows) if row is None]
    made = Track.objects.bulk_create(
        Track(source=Track.Source.TABLE, **{name: tracks[place][name][:300] for name in ("title", "artist", "album")})
        for place in unknown
    )
    provenance = AudioProfile.Provenance.TABLE
    AudioProfile.objects.bulk_create(AudioProfile(track=track, provenance=provenance, confidence=0.0) for track in made)
    for place, track in zip(unknown, made, strict=True):
        rows[place] = track.pk
    while text_vectors.write_slice():
        pass
    return [row for row in rows if row is not None], heard


def _import_known(tracks: list[dict[str, str]], features: Path) -> dict[str, int]:
    """Import the tracks whose features the table has, under the set's own titles; track ids by Spotify id."""
    wanted = {track["spotify_id"]: track for track in tracks if track["spotify_id"]}
    with tempfile.TemporaryDirectory() as folder:
        joined = Path(folder) / "joined.csv"
        with (
            gzip.open(features, "rt", encoding="utf-8", newline="") as table,
            joined.open("w", encoding="utf-8", newline="") as out,
        ):
            reader = csv.DictReader(table)
            writer = csv.DictWriter(out, [*(reader.fieldnames or []), "album"])
            writer.writeheader()
            for row in reader:
                if track := wanted.get(row["track_id"]):
                    writer.writerow(row | {name: track[name] for name in ("title", "artist", "album")})
        import_table(joined, None, Progress())
    return dict(TrackLink.objects.filter(service="spotify").values_list("external_id", "track_id"))
