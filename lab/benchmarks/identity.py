"""Are two tracks the same recording? Precision and recall of ``services.track_identity`` on pairs of real names.

The pairs come from the 70,676-row table of tracks (``spotify/tracks_features_70k.csv.gz`` in the data folder), which
holds many recordings twice under different ids, and many songs in several versions.

* ``released twice`` (same): two ids, artists that overlap, titles alike by their letters, and the same *sound*:
  Spotify's danceability, energy, valence, acousticness, speechiness, tempo and loudness agree to rounding
  (``SAME_SOUND``). The names are as released. The matcher never sees these features, so the label is independent of
  it. Pairs where only one of the titles has a version's word (``remaster``, ``edit`` ...) are left out: the same sound
  under two such names cannot be told from names.
* ``another service's way`` (same): a track, and that track as other services write it: a video's suffix, guests moved
  between title and artist, a topic channel, other punctuation, no accents, Cyrillic in Latin letters, "&" for "and", a
  length up to 2 s off or whole, an ending bracket for a dash (``REWRITINGS``; one to three at once).
* ``other version`` (not same): two real rows of one artist whose titles share the song's words, one with a version's
  word more or another one, and whose sound clearly differs (``OTHER_SOUND``).
* ``same title, other artist``, ``other song of the artist`` (titles alike), ``part or sequel`` (not same): real rows.
* ``dressed up`` (not same): a track with a suffix of a live, karaoke, sped up, cover ... version, and a length to fit.

Everything is drawn with ``SEED``. Artists are split in two by a hash: thresholds were chosen on one half (``tuning``);
the figures are those of the other. A pair counts as found when the verdict is ``same``. Intervals are Wilson's, 95 %.
"""

from __future__ import annotations

import csv
import gzip
import math
import random
import re
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from rapidfuzz import fuzz

from core.stats.intervals import wilson
from core.text import plain
from lab.benchmarks._figures import data_folder
from recommender.services import track_identity
from recommender.services.protocol import FoundTrack
from recommender.services.track_identity import Kind

SEED = 11
EACH = 400
"""Pairs of each kind, over both halves, at most."""
SOUND = ("danceability", "energy", "valence", "acousticness", "speechiness")
SAME_SOUND, OTHER_SOUND = 0.012, 0.08
MARKS = re.compile(
    r"\b(remaster\w*|live|remix|mix|edit|acoustic|instrumental|demo|version|karaoke|extended|reprise|session|rework|dub)\b"
)
PARTS = re.compile(r"(?:\b(?:pt|part|vol|no)\.? ?)(\d+|i{1,3}|iv|v)\b|\s(\d|ii|iii|iv)$", re.I)


@dataclass(frozen=True)
class Row:
    track: FoundTrack
    sound: tuple[float, ...]
    tempo: float
    loudness: float

    @property
    def half(self) -> str:
        return (
            "tuning" if zlib.crc32(min(track_identity.people(self.track.artist), default="").encode()) % 2 else "report"
        )


@dataclass(frozen=True)
class Pair:
    kind: str
    one: FoundTrack
    other: FoundTrack
    same: bool
    half: str


def run() -> dict[str, Any]:
    """Precision and recall on the half that was not tuned on, by kind of pair, and a few misses to read."""
    pairs = list(labelled(rows()))
    judged = [(pair, track_identity.compare(pair.one, pair.other)) for pair in pairs]
    report = [(pair, verdict.kind is Kind.SAME) for pair, verdict in judged if pair.half == "report"]
    tuning = [(pair, verdict.kind is Kind.SAME) for pair, verdict in judged if pair.half == "tuning"]
    wrong = [pair for pair, said in report if said != pair.same]
    return {
        "pairs": len(report),
        **figures(report),
        "by_kind": {kind: _right(report, kind) for kind in dict.fromkeys(pair.kind for pair in pairs)},
        "tuning": {"pairs": len(tuning), **figures(tuning)},
        "targets": {"precision": 0.98, "recall": 0.93},
        "wrong": [[pair.kind, _shown(pair.one), _shown(pair.other)] for pair in wrong[:12]],
        "seed": SEED,
    }


def figures(judged: list[tuple[Pair, bool]]) -> dict[str, Any]:
    """Of (pair, said to be the same)."""
    hits = sum(said and pair.same for pair, said in judged)
    return {
        "precision": wilson(hits, sum(said for _, said in judged)).figures(),
        "recall": wilson(hits, sum(pair.same for pair, _ in judged)).figures(),
    }


def _right(judged: list[tuple[Pair, bool]], kind: str) -> dict[str, int]:
    of = [said == pair.same for pair, said in judged if pair.kind == kind]
    return {"right": sum(of), "of": len(of)}


def _shown(track: FoundTrack) -> str:
    return f"{track.artist} | {track.title} | {track.duration:.0f}"


def rows() -> list[Row]:
    made = []
    with gzip.open(data_folder() / "spotify" / "tracks_features_70k.csv.gz", "rt", encoding="utf-8") as file:
        for line in csv.DictReader(file):
            if line["title"] and line["artist"] and line["duration_ms"] and line["tempo"] and line["loudness"]:
                track = FoundTrack(
                    service="table",
                    external_id=line["track_id"],
                    title=line["title"],
                    artist=line["artist"],
                    duration=float(line["duration_ms"]) / 1000,
                )
                sound = tuple(float(line[name] or "nan") for name in SOUND)
                made.append(Row(track, sound, float(line["tempo"]), float(line["loudness"])))
    return made


def labelled(table: list[Row]) -> Iterator[Pair]:
    """All pairs of both halves, at most ``EACH`` of a kind."""
    chance = random.Random(SEED)
    by_artist: dict[str, list[Row]] = defaultdict(list)
    for row in table:
        by_artist[min(track_identity.people(row.track.artist), default="")].append(row)
    by_artist.pop("", None)
    together = [(a, b) for known in by_artist.values() for a, b in combinations(known[:120], 2)]
    chance.shuffle(together)
    yield from _some("released twice", True, ((a, b) for a, b in together if _released_twice(a, b)))
    yield from _some("other version", False, ((a, b) for a, b in together if _other_version(a, b)))
    yield from _some("other song of the artist", False, ((a, b) for a, b in together if _other_song(a, b)))
    yield from _some("part or sequel", False, ((a, b) for a, b in together if _sequel(a, b)))
    yield from _some("same title, other artist", False, _namesakes(table, chance))
    picked = chance.sample(table, 2 * EACH)
    yield from _some("another service's way", True, ((row, _rewritten(row, chance)) for row in picked[:EACH]))
    plain_ones = (row for row in picked[EACH:] if not MARKS.search(plain(row.track.title)))
    yield from _some("dressed up", False, ((row, _dressed(row, chance)) for row in plain_ones))


def _some(kind: str, same: bool, pairs: Iterable[tuple[Row, Row]]) -> Iterator[Pair]:
    for number, (a, b) in enumerate(pairs):
        if number == EACH:
            return
        yield Pair(kind, a.track, b.track, same, a.half)


def _apart(a: Row, b: Row) -> float:
    """The largest difference of any feature; not a number when one is missing."""
    return max((abs(x - y) for x, y in zip(a.sound, b.sound, strict=True)), key=lambda d: (math.isnan(d), d))


def _alike(a: Row, b: Row) -> float:
    return fuzz.ratio(plain(a.track.title), plain(b.track.title)) / 100


def _marks(row: Row) -> set[str]:
    return set(MARKS.findall(plain(row.track.title)))


def _base(row: Row) -> str:
    """The letters before the first bracket or dash, whatever stands in them."""
    return re.split(r"\s[-–(\[]|[(\[]", plain(row.track.title))[0].strip()


def _released_twice(a: Row, b: Row) -> bool:
    alike = a.track.external_id != b.track.external_id and (_alike(a, b) > 0.8 or _base(a) == _base(b))
    heard = abs(a.tempo - b.tempo) < 0.3 and abs(a.loudness - b.loudness) < 0.4 and _apart(a, b) < SAME_SOUND
    return bool(alike and heard and _marks(a) == _marks(b))


def _other_version(a: Row, b: Row) -> bool:
    return bool(_marks(a) != _marks(b) and _base(a) == _base(b) and len(_base(a)) > 2 and _apart(a, b) > OTHER_SOUND)


def _other_song(a: Row, b: Row) -> bool:
    return (
        0.55 < _alike(a, b) < 0.85 and _base(a) != _base(b) and _apart(a, b) > OTHER_SOUND and not _marks(a) | _marks(b)
    )


def _sequel(a: Row, b: Row) -> bool:
    mine, theirs = PARTS.findall(a.track.title), PARTS.findall(b.track.title)
    bare = [PARTS.sub("", plain(row.track.title)).strip(" -([") for row in (a, b)]
    return bool(mine != theirs and bare[0] and bare[0] == bare[1] and _apart(a, b) > OTHER_SOUND)


def _namesakes(table: list[Row], chance: random.Random) -> Iterator[tuple[Row, Row]]:
    by_title: dict[str, list[Row]] = defaultdict(list)
    for row in table:
        by_title[plain(row.track.title)].append(row)
    pairs = [pair for known in by_title.values() for pair in combinations(known[:4], 2)]
    chance.shuffle(pairs)
    for a, b in pairs:
        if (
            not track_identity.people(a.track.artist) & track_identity.people(b.track.artist)
            and _apart(a, b) > OTHER_SOUND
        ):
            yield a, b


SUFFIXES = ("(Official Video)", "[Official Music Video]", "(Lyrics)", "(Official Audio)", "(HD)", "[MV]")
SWAPS = (("'", "\u2019"), ("&", "and"), (" and ", " & "), ("...", "\u2026"), ("!", ""), ("?", ""), (",", ""), (".", ""))


def _video(track: FoundTrack, chance: random.Random) -> FoundTrack:
    return replace(track, title=f"{track.title} {chance.choice(SUFFIXES)}")


def _guests(track: FoundTrack, chance: random.Random) -> FoundTrack:
    found = re.search(r"\s[(\[](?:feat\.|with) ([^)\]]+)[)\]]", track.title)
    if found:  # to where another service has them
        title = track.title.replace(found[0], "")
        joined = chance.choice([f"{track.artist}, {found[1]}", f"{track.artist} feat. {found[1]}"])
        return replace(track, title=title, artist=joined)
    guest = chance.choice(["Rosa Lind", "DJ Mirov", "Amara Okoye"])
    return replace(track, title=f"{track.title} {chance.choice(['(feat. {})', 'ft. {}', '[feat. {}]']).format(guest)}")


def _unaccented(track: FoundTrack, _chance: random.Random) -> FoundTrack:
    return replace(track, title=plain(track.title).title(), artist=plain(track.artist).title())


def _punctuation(track: FoundTrack, chance: random.Random) -> FoundTrack:
    title = track.title
    for old, new in chance.sample(SWAPS, 4):
        title = title.replace(old, new) or title
    return replace(track, title=title)


def _topic(track: FoundTrack, chance: random.Random) -> FoundTrack:
    return replace(track, artist=track.artist.split(",")[0] + chance.choice([" - Topic", "VEVO", " Official"]))


def _brackets(track: FoundTrack, _chance: random.Random) -> FoundTrack:
    return replace(track, title=re.sub(r" - ([^-()]+)$", r" (\1)", track.title))


def _slip(track: FoundTrack, chance: random.Random) -> FoundTrack:
    place = chance.randrange(len(track.title))
    return replace(track, title=track.title[:place] + track.title[place + 1 :]) if len(track.title) > 12 else track


REWRITINGS: tuple[Callable[[FoundTrack, random.Random], FoundTrack], ...] = (
    _video,
    _guests,
    _unaccented,
    _punctuation,
    _topic,
    _brackets,
    _slip,
)


def _rewritten(row: Row, chance: random.Random) -> Row:
    track = row.track
    for rewrite in chance.sample(REWRITINGS, chance.randint(1, 3)):
        track = rewrite(track, chance)
    length = chance.choice([track.duration + chance.uniform(-2, 2), round(track.duration), 0.0])
    return replace(row, track=replace(track, duration=length, service="other"))


DRESSES = (
    (" (Live at Wembley)", 1.1),
    (" - Live", 1.0),
    (" (Karaoke Version)", 1.0),
    (" (Sped Up)", 0.83),
    (" - Slowed + Reverb", 1.18),
    (" (Acoustic)", 1.02),
    (" - Instrumental", 1.0),
    (" (DJ Mirov Remix)", 1.2),
    (" - Radio Edit", 0.8),
    (" (Cover by Amara Okoye)", 1.0),
    (" (Demo)", 0.97),
    (" - Extended Mix", 1.5),
)


def _dressed(row: Row, chance: random.Random) -> Row:
    suffix, stretch = chance.choice(DRESSES)
    track = row.track
    return replace(row, track=replace(track, title=track.title + suffix, duration=track.duration * stretch))
