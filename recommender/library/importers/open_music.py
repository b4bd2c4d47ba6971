"""Kevin MacLeod's catalogue (incompetech.com, CC BY 4.0) as a source of whole tracks, from a table of it.

Columns: ``title,artist,year,duration,isrc,feel,bpm,instruments,file``. How a piece feels is told by the composer's own
words; style is the editor's that comes nearest to its instruments. Sound stays with its publisher, who streams it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from django.db import transaction

from core.errors import BadInput
from recommender.library.genres import genres_of
from recommender.library.importers import editor_songs
from recommender.library.importers.tables import staging
from recommender.library.importers.tables.rows import TableRow
from recommender.library.jobs.report import Outcome
from recommender.library.service_streams import published
from recommender.models import AudioProfile, Track
from recommender.services import parsing
from recommender.services.publishers import INCOMPETECH, sound_address

COLUMNS = frozenset(["title", "artist", "year", "duration", "isrc", "feel", "bpm", "instruments", "file"])
CONFIDENCE = 0.5
NEUTRAL = (0.5, 0.5)
FEELS = {
    "action": (0.45, 0.88),
    "aggressive": (0.25, 0.92),
    "bouncy": (0.8, 0.65),
    "bright": (0.82, 0.55),
    "calm": (0.68, 0.15),
    "calming": (0.68, 0.15),
    "dark": (0.25, 0.45),
    "driving": (0.55, 0.75),
    "eerie": (0.2, 0.4),
    "epic": (0.6, 0.82),
    "grooving": (0.7, 0.6),
    "humorous": (0.76, 0.6),
    "intense": (0.35, 0.82),
    "mysterious": (0.38, 0.36),
    "mystical": (0.52, 0.32),
    "relaxed": (0.68, 0.24),
    "somber": (0.22, 0.22),
    "suspenseful": (0.3, 0.62),
    "unnerving": (0.16, 0.55),
    "uplifting": (0.82, 0.58),
}
"""The composer's words as (valence, arousal), by this project's own judgement."""
SYNTHETIC = re.compile(r"synth|electronic", re.I)
ORCHESTRAL = re.compile(r"orchestra|strings|brass|choir|horn|harp|timpani", re.I)
_FILE = re.compile(r"[\w%.()'&!,+~-]{1,190}\.mp3")


class NotThatTable(BadInput):
    code = "not_open_music"
    message = "This is not a table of incompetech's music."
    hint = f"Its columns are {', '.join(sorted(COLUMNS))}."


def load(file: Path) -> Outcome:
    """Add what the table has and update what it tells anew; again changes nothing. Raises NotThatTable."""
    outcome = Outcome()
    rows = list(_rows(file, outcome))
    if rows:
        with staging.staged(), transaction.atomic():
            staging.stage(rows)
            counts = staging.upsert(
                None, source=Track.Source.OPEN, provenance=AudioProfile.Provenance.TABLE, confidence=CONFIDENCE
            )
            editor_songs.annotate(published())
        staging.analyse()
        outcome.added, outcome.updated, outcome.unchanged = counts["added"], counts["updated"], counts["unchanged"]
    return outcome


def remove() -> int:
    """Take the source out of the catalogue again; how many tracks went. Lists lose them."""
    return published().delete()[1].get(Track._meta.label, 0)


def _rows(file: Path, outcome: Outcome) -> Iterator[TableRow]:
    try:
        with file.open(encoding="utf-8", newline="") as table:
            reader = csv.DictReader(table)
            if not set(reader.fieldnames or ()) >= COLUMNS:
                raise NotThatTable
            for line, record in enumerate(reader, 2):
                outcome.read += 1
                if row := _row(line, record):
                    yield row
                else:
                    outcome.skip("no_file", line, "it has no title or no file")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise NotThatTable from error


def _row(line: int, record: dict[str, str | None]) -> TableRow | None:
    said = {name: (record.get(name) or "").strip() for name in COLUMNS}
    title, name = parsing.text(said["title"]), said["file"]
    if not title or not _FILE.fullmatch(name):
        return None
    valence, arousal = _felt(said["feel"])
    genre = _style(said["instruments"], valence, arousal)
    return TableRow(
        line=line,
        service=INCOMPETECH.name,
        external_id=name,
        url=sound_address(name),
        title=title,
        artist=parsing.text(said["artist"]),
        album="",
        genre=genre,
        genres=genres_of(genre),
        moods=(),
        year=parsing.year(said["year"]),
        duration=parsing.seconds(said["duration"]),
        isrc=parsing.isrc(said["isrc"]),
        explicit=False,
        live=False,
        language="",
        popularity=None,
        features={
            "valence": valence,
            "energy": arousal,
            "danceability": None,
            "acousticness": 0.1 if SYNTHETIC.search(said["instruments"]) else 0.6,
            "instrumentalness": 0.95,
            "speechiness": 0.03,
            "liveness": None,
            "tempo": parsing.number(said["bpm"]) or None,
            "loudness": None,
        },
        key=None,
        mode=None,
        time_signature=None,
        arousal=arousal,
    )


def _felt(words: str) -> tuple[float, float]:
    """The middle of what the composer's words mean."""
    known = [FEELS[word] for word in re.findall(r"\w+", words.lower()) if word in FEELS] or [NEUTRAL]
    valence, arousal = (sum(axis) / len(known) for axis in zip(*known, strict=True))
    return round(valence, 3), round(arousal, 3)


def _style(instruments: str, valence: float, arousal: float) -> str:
    if SYNTHETIC.search(instruments):
        if valence < 0.35 and arousal < 0.6:
            return "dark ambient"
        return "big beat" if arousal > 0.65 else "downtempo"
    if instruments.lower().startswith("piano"):
        return "modern classical"
    return "epic orchestral" if ORCHESTRAL.search(instruments) and arousal > 0.65 else "film score"
