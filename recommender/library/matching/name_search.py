"""Tracks that words named: artists and titles, found word by word in PostgreSQL's text indexes.

A name counts as found as far as its words are there, each weighted by how rare it is (inverse document frequency, as
in BM25: Robertson & Zaragoza 2009), so that "Megan the Stallion" finds Megan Thee Stallion and "The" finds nothing.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from django.db.models import BooleanField, F, Func, Value
from django.db.models.functions import Length

from core.schemas import Label
from core.text import BETWEEN_ARTISTS, folded
from recommender.models import NameWords, Track

COMMON = 2000
"""A word that stands in this many artists (or titles) says nothing, and is passed over."""
MOST_NAMES, MOST_WORDS = 6, 12
"""Of what was named, the newest are looked for, and no more than this many different words."""
LEAST_FOUND = 0.35
"""Of a name's weight: below this it is another name with a word in common."""
SURE = 0.8
"""How surely a name that is found whole means this track; two names found on one track make it surer."""
OTHER_FIELD = 0.5
"""An artist's name that stands in a title, or the other way round, is less likely meant."""
ALONE = 0.2
"""Share of a find that depends on how much of the artist's name or the title it is: "Dio" more than "Dio Rico"."""
WHOLE = 0.75
"""A name found less than this is perhaps misspelt."""
NEARLY = 87.0
"""Percent of letters that a misspelt name has in common with an artist's (rapidfuzz's ratio), spaces left out."""
LEAST_LETTERS = 5
"""Shorter names are near to too many others."""
KNOWN_FROM = 0.3
FIELDS = {"artist": "artist", "track": "title"}

Found = dict[tuple[str, str], list[tuple[int, int]]]
"""By (field, word): track ids, each with the length of the field in letters."""


def found_by_name(tracks: Track.TrackQueries, names: Sequence[Label]) -> dict[int, float]:
    """How surely each of these tracks was named, by id, above 0 to 1; tracks that were not named are left out."""
    wanted = sorted((name for name in names if name.score > 0), key=lambda name: -name.score)[:MOST_NAMES]
    shares = dict(zip(wanted, _found(tracks, wanted), strict=True))
    if strange := [name for name, found in shares.items() if max(found.values(), default=0.0) < WHOLE]:
        respelled = _respelled(tracks, strange)
        shares |= zip(respelled, _found(tracks, list(respelled.values())), strict=True)
    missed: dict[int, float] = defaultdict(lambda: 1.0)
    for name, found in shares.items():
        for track, share in found.items():
            missed[track] *= 1.0 - SURE * min(name.score, 1.0) * share
    return {track: 1.0 - left for track, left in missed.items()}


def are_known(tracks: Track.TrackQueries, names: Sequence[Label]) -> bool:
    """Whether any of these tracks goes by such a name. A single word must be an artist's: nearly every word is
    somebody's title."""
    as_artists = [replace(name, kind="artist") if name.kind == "word" else name for name in names]
    return any(sure >= KNOWN_FROM for sure in found_by_name(tracks, as_artists).values())


def _found(tracks: Track.TrackQueries, names: Sequence[Label]) -> list[dict[int, float]]:
    """For each name, the tracks that have it: see ``_shares``."""
    words = list(dict.fromkeys(word for name in names for word in words_of(name.name)))[:MOST_WORDS]
    found = _lookup(tracks, words)
    return [_shares(name, found) for name in names]


def _respelled(tracks: Track.TrackQueries, names: Sequence[Label]) -> dict[Label, Label]:
    """The names that are nearly an artist's, each with that artist's in its place: "Beegees", "Jodecci", "Ushers"."""
    from rapidfuzz import fuzz, process

    spelled = {name: "".join(words_of(name.name)) for name in names}
    spelled = {name: letters for name, letters in spelled.items() if len(letters) >= LEAST_LETTERS}
    if not spelled:
        return {}
    artists = tracks.exclude(artist="").order_by().values_list("artist", flat=True).distinct()
    known = {"".join(words_of(one)): one for artist in artists for one in BETWEEN_ARTISTS.split(folded(artist))}
    near = {
        name: process.extractOne(letters, known.keys(), scorer=fuzz.ratio, score_cutoff=NEARLY)
        for name, letters in spelled.items()
    }
    return {name: replace(name, name=known[best[0]], kind="artist") for name, best in near.items() if best}


def words_of(name: str) -> list[str]:
    """A name's words as the index has them."""
    return list(dict.fromkeys(re.findall(r"[^\W_]+", folded(name))))


def _lookup(tracks: Track.TrackQueries, words: Sequence[str]) -> Found:
    """The tracks that have each word in artist or title, in one query; ``COMMON`` of them at most."""
    parts = [
        tracks.filter(_has_word(field, word))
        .order_by()
        .values_list("pk", Length(field), Value(field), Value(word))[:COMMON]
        for word in words
        for field in FIELDS.values()
    ]
    found: Found = defaultdict(list)
    if parts:
        for track, length, field, word in parts[0].union(*parts[1:], all=True):
            found[field, word].append((track, length))
    return found


def _has_word(field: str, word: str) -> Func:
    asked = Func(Value(word), template="plainto_tsquery('simple'::regconfig, %(expressions)s)")
    return Func(NameWords(F(field)), asked, template="%(expressions)s", arg_joiner=" @@ ", output_field=BooleanField())


def _shares(name: Label, found: Found) -> dict[int, float]:
    """By track, how much of the name is there, ``LEAST_FOUND`` to 1, in the field where there is most of it.

    Words that stand nowhere are slips of the pen or of no use: they lower what the others say, by their number.
    """
    best: dict[int, float] = {}
    words = words_of(name.name)
    known = [word for word in words if any((field, word) in found for field in FIELDS.values())]
    sure = math.sqrt(len(known) / len(words)) if words else 0.0
    for kind, field in FIELDS.items():
        ids = {word: found.get((field, word), []) for word in known}
        rarity = {word: math.log(COMMON / max(len(has), 1)) for word, has in ids.items()}
        total = sum(rarity.values()) or 1.0
        shares: dict[int, float] = defaultdict(float)
        filled: dict[int, float] = defaultdict(float)
        for word, has in ids.items():
            for track, length in has:
                shares[track] += rarity[word] / total
                filled[track] += len(word) / length
        weight = sure if name.kind in (kind, "word") else sure * OTHER_FIELD
        for track, share in shares.items():
            if share >= LEAST_FOUND:
                whole = 1.0 - ALONE + ALONE * min(filled[track], 1.0)
                best[track] = max(best.get(track, 0.0), weight * min(share, 1.0) * whole)
    return best
