"""Found tracks and the catalogue: which of them are known already. Thousands at once, in few queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from django.db.models import BooleanField, F, Func, Value
from django.db.models.functions import Lower

from accounts.models import User
from recommender.library.matching.name_search import words_of
from recommender.models import NameWords, Track
from recommender.services import track_identity
from recommender.services.protocol import FoundTrack

T = TypeVar("T")

AT_ONCE, WORDS_AT_ONCE = 1000, 100
MOST_CALLED_ALIKE = 40
"""Candidates with the same words in title and artist, at most."""
COLUMNS = ("pk", "title", "artist", "album", "duration", "isrc", "year")


def find_in_catalogue(
    found: Sequence[FoundTrack], person: User | None = None, *, among: Track.TrackQueries | None = None
) -> dict[int, Track]:
    """By place in ``found``, the track of the shared catalogue or of the person's own that is the same recording (or a
    remaster of it, where nothing better is there); what is not known is left out.

    ``among`` narrows the search. Looked for by ISRC, then by the whole artist, then, for what is still missing, by the
    words of title and artist.
    """
    tracks = (Track.objects.all() if among is None else among).visible_to(person).order_by("pk")
    known: dict[int, FoundTrack] = {}
    for step in (_by_isrc, _by_artist, _by_words):
        missing = {place: one for place, one in enumerate(found) if place not in known}
        for place, candidates in step(tracks, missing):
            if place not in known and (best := track_identity.match(found[place], candidates)):
                known[place] = candidates[best[0]]
    rows = Track.objects.in_bulk([int(one.external_id) for one in known.values()])
    return {place: rows[int(one.external_id)] for place, one in sorted(known.items())}


def as_found(track: Mapping[str, object]) -> FoundTrack:
    """A row of the catalogue (``COLUMNS``) as one found there."""
    plain = {name: track[name] for name in COLUMNS if name != "pk"}
    return FoundTrack(service="catalogue", external_id=str(track["pk"]), **plain)  # type: ignore[arg-type]


def _by_isrc(tracks: Track.TrackQueries, missing: Mapping[int, FoundTrack]) -> Iterator[tuple[int, list[FoundTrack]]]:
    places: dict[str, list[int]] = defaultdict(list)
    for place, one in missing.items():
        if one.isrc:
            places[one.isrc].append(place)
    for codes in _slices(list(places), AT_ONCE):
        for row in tracks.filter(isrc__in=codes).values(*COLUMNS):
            for place in places[row["isrc"]]:
                yield place, [as_found(row)]


def _by_artist(tracks: Track.TrackQueries, missing: Mapping[int, FoundTrack]) -> Iterator[tuple[int, list[FoundTrack]]]:
    """Everything by artists who are spelled alike; titles are compared only where they begin with the same letter."""
    places: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, one in missing.items():
        for artist in track_identity.names_in(one.artist):
            places[artist, _letter(one.title)].append(place)
    for artists in _slices(list(dict.fromkeys(artist for artist, _ in places)), AT_ONCE):
        by_key: dict[tuple[str, str], list[FoundTrack]] = defaultdict(list)
        rows = tracks.annotate(artist_lower=Lower("artist")).filter(artist_lower__in=artists)
        for row in rows.values(*COLUMNS, "artist_lower"):
            by_key[row["artist_lower"], _letter(row["title"])].append(as_found(row))
        for key, candidates in by_key.items():
            for place in places.get(key, ()):
                yield place, candidates


def _by_words(tracks: Track.TrackQueries, missing: Mapping[int, FoundTrack]) -> Iterator[tuple[int, list[FoundTrack]]]:
    asked = [(place, words) for place, one in missing.items() if (words := _asked(one))]
    for some in _slices(asked, WORDS_AT_ONCE):
        parts = [
            tracks.filter(_has("title", title), _has("artist", artist))
            .order_by()
            .annotate(place=Value(place))
            .values("place", *COLUMNS)[:MOST_CALLED_ALIKE]
            for place, (title, artist) in some
        ]
        candidates: dict[int, list[FoundTrack]] = defaultdict(list)
        for row in parts[0].union(*parts[1:], all=True):
            candidates[row["place"]].append(as_found(row))
        yield from candidates.items()


def _asked(one: FoundTrack) -> tuple[str, str] | None:
    """The words of the song's own title, and the longest word of the first artist, without what a channel adds.

    The index splits "you'll" where names are compared without the sign: such a word is not asked for, or in its parts
    where there is no other."""
    named, spelled = track_identity.read(one.title, one.artist), words_of(one.title)
    title = [word for word in words_of(named.short) if word in spelled] or spelled
    artist = words_of(min(track_identity.names_in(one.artist.split(",")[0]), key=len, default=""))
    return (" ".join(title), max(artist, key=len)) if title and artist else None


def _has(field: str, words: str) -> Func:
    asked = Func(Value(words), template="plainto_tsquery('simple'::regconfig, %(expressions)s)")
    return Func(NameWords(F(field)), asked, template="%(expressions)s", arg_joiner=" @@ ", output_field=BooleanField())


def _letter(title: str) -> str:
    return track_identity.words(title)[:1]


def _slices(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
