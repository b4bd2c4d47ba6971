"""What the places said, put together: one recording once, the filters kept, and services whose results may not stand
among another's in a section of their own. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rapidfuzz import fuzz

from recommender.search.federated import HERE, Answer
from recommender.services import track_identity
from recommender.services.protocol import FoundTrack
from recommender.services.registry import INFOS
from recommender.services.track_identity import Kind

AGREED = 0.1
"""What each further place that knows a recording adds to its rank."""


@dataclass(frozen=True, kw_only=True)
class Filters:
    """Seconds and years, ends included; None or empty: anything. ``playable``: only what can be played in the page.
    What a track does not tell counts against it."""

    services: frozenset[str] = frozenset()
    shortest: float | None = None
    longest: float | None = None
    year_min: int | None = None
    year_max: int | None = None
    playable: bool = False

    def keep(self, track: FoundTrack) -> bool:
        length, year = track.duration or None, track.year
        return (
            (not self.services or track.service in self.services)
            and (self.shortest is None or (length is not None and length >= self.shortest))
            and (self.longest is None or (length is not None and length <= self.longest))
            and (self.year_min is None or (year is not None and year >= self.year_min))
            and (self.year_max is None or (year is not None and year <= self.year_max))
            and (not self.playable or bool(sound_of(track)))
        )


@dataclass
class Hit:
    """A recording, as each place told of it; the first is the one to show."""

    tracks: list[FoundTrack]
    rank: float

    @property
    def shown(self) -> FoundTrack:
        return self.tracks[0]

    @property
    def played(self) -> FoundTrack | None:
        """Whose sound the page may play: a whole track's if any place has one, else a preview's."""
        whole = next((track for track in self.tracks if track.stream_url), None)
        return whole or next((track for track in self.tracks if track.preview_url), None)

    @property
    def sound(self) -> str:
        return sound_of(self.played) if self.played else ""

    @property
    def whole(self) -> bool:
        return any(track.stream_url for track in self.tracks)


@dataclass(frozen=True, kw_only=True)
class Section:
    """``service`` is empty for the section of everything that may be mixed."""

    service: str
    title: str
    hits: list[Hit] = field(default_factory=list)
    credits: tuple[str, ...] = ()


def sound_of(track: FoundTrack) -> str:
    return track.stream_url or track.preview_url


def sections(answers: Iterable[Answer], words: str, filters: Filters) -> list[Section]:
    """One section of what may be mixed, then one for each service that may not. Empty ones are left out."""
    mixed: list[FoundTrack] = []
    apart: dict[str, list[FoundTrack]] = {}
    for answer in answers:
        for track in answer.tracks:
            if filters.keep(track):
                info = INFOS.get(track.service)
                (mixed if info is None or info.can.mixing else apart.setdefault(track.service, [])).append(track)
    made = [Section(service="", title="Found", hits=folded(mixed, words), credits=_credits(mixed))] if mixed else []
    for name, tracks in apart.items():
        made.append(
            Section(service=name, title=INFOS[name].title, hits=folded(tracks, words), credits=_credits(tracks))
        )
    return made


def folded(tracks: Sequence[FoundTrack], words: str) -> list[Hit]:
    """The same recording once, best first: by how well names fit the words and how early each place put them."""
    hits: list[Hit] = []
    places: dict[str, int] = {}
    for track in tracks:
        place = places[track.service] = places.get(track.service, -1) + 1
        rank = _fits(track, words) - 0.03 * place
        same = next((hit for hit in hits if track_identity.compare(hit.shown, track).kind is Kind.SAME), None)
        if same is None:
            hits.append(Hit([track], rank))
        else:
            if all(one.service != track.service for one in same.tracks):
                same.rank = max(same.rank, rank) + AGREED
            same.tracks.append(track)
    for hit in hits:
        hit.tracks.sort(key=lambda one: (one.service != HERE, not one.duration, one.service))
    return sorted(hits, key=lambda hit: -hit.rank)


def _fits(track: FoundTrack, words: str) -> float:
    asked = track_identity.words(words)
    return fuzz.token_set_ratio(asked, track_identity.words(f"{track.artist} {track.title}")) / 100 if asked else 1.0


def _credits(tracks: Iterable[FoundTrack]) -> tuple[str, ...]:
    names = dict.fromkeys(track.service for track in tracks)
    return tuple(INFOS[name].credit for name in names if name in INFOS and INFOS[name].credit)
