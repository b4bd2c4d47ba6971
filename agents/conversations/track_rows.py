"""The tracks of a list as pages draw them: match, parts, cover, sound, links, and what the person thinks of each.

Percentages are whole numbers 0..100.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.urls import reverse

from accounts.models import User
from core.schemas import Alignment, ImageReading, Stage, dump
from feedback.models import Reaction
from feedback.taste import reactions
from recommender.library import audio_profiles
from recommender.library.audio_descriptions import sentences
from recommender.library.service_streams import streams
from recommender.models import Picture, Playlist, PlaylistItem, Track
from recommender.ranking.neutral_reasons import impersonal, neutral_reason
from recommender.services.registry import INFOS
from recommender.services.search_links import NAMES, search_links

DECIDED = {"taste": "changed by your taste", "familiarity": "changed by your dial"}
"""What a track is marked with that is in the list only for this part of its match."""


PART_NAMES = {
    "affect": "Mood",
    "mood": "Feeling words",
    "semantic": "Meaning",
    "energy_light": "Brightness",
    "tempo_motion": "Pace",
}
"""What a part of a match is called where its own name says little."""


@dataclass(frozen=True)
class Link:
    """Where a track can be heard elsewhere. ``label`` says whether it is the track's own page or a search for it."""

    service: str
    url: str
    label: str


@dataclass(frozen=True)
class Bar:
    """One part of a match: its value and its weight in the whole, percent."""

    label: str
    percent: int
    weight: int


@dataclass(frozen=True)
class Photo:
    """One photo with what was seen in it, and where its small and its large copy are."""

    number: int
    picture: Picture
    reading: ImageReading | None
    thumb: str
    full: str

    @property
    def moods(self) -> str:
        return ", ".join(mood.name for mood in self.reading.moods[:3]) if self.reading else ""


@dataclass(frozen=True)
class Heading:
    """Where a chapter begins. ``photo`` is None on the way from one photo to the next."""

    text: str
    photo: Photo | None


@dataclass(frozen=True)
class Row:
    """One track of the list."""

    item: PlaylistItem
    number: int
    match: int
    bars: tuple[Bar, ...]
    reason: str
    cover: str
    audio: str
    links: tuple[Link, ...]
    opinion: Reaction | None = None
    heading: Heading | None = None
    serves: tuple[str, ...] = ()

    @property
    def track(self) -> Track:
        return self.item.track

    @property
    def kind(self) -> str:
        """Its style and year in a line, as far as they are known."""
        style = self.track.genre.split(",")[0].strip()
        return " · ".join(str(known) for known in (style, self.track.year) if known)

    @property
    def decided(self) -> str:
        """What of the person brought the track into the list, which the picture and the words alone would not have."""
        decisive = [part["name"] for part in self.item.parts if part.get("decisive")]
        return next((words for name, words in DECIDED.items() if name in decisive), "")

    @property
    def heard(self) -> tuple[str, ...]:
        """Sentences on how the track is built, if it was heard here."""
        profile = getattr(self.track, "profile", None)
        if profile is None:
            return ()
        return sentences(audio_profiles.form_of(profile), audio_profiles.harmony_of(profile), profile.mode)

    @property
    def is_demo(self) -> bool:
        return self.track.source == Track.Source.DEMO


def rows_of(
    playlist: Playlist,
    person: User | None = None,
    served: Mapping[int, tuple[str, ...]] | None = None,
    *,
    shared: bool = False,
) -> Iterator[Row]:
    """The tracks of a version; with what ``person`` thinks of them and, by track, whom it serves. ``shared``: for
    others than the owner, without what the owner's taste and history have to do with it."""
    items = playlist.items.select_related("track__profile").prefetch_related("track__links").order_by("position")
    ids = [item.track_id for item in items]
    opinions, elsewhere = reactions.opinions(person, ids), streams(person, ids)
    for number, item in enumerate(items, start=1):
        track = item.track
        parts = impersonal(item.parts) if shared else item.parts
        profile = getattr(track, "profile", None)
        playable = bool(track.file) and track.missing_since is None
        yield Row(
            item=item,
            number=number,
            match=round(item.score),
            bars=tuple(_bars(parts)),
            reason=neutral_reason(item.reason, item.parts, profile) if shared else item.reason,
            cover=cover_of(track),
            audio=_audio(track, playable, track.pk in elsewhere),
            links=_links(track),
            opinion=opinions.get(track.pk),
            serves=(served or {}).get(track.pk, ()),
        )


def links_of(track: Track) -> tuple[tuple[str, str], ...]:
    """Where the track can be heard elsewhere, as (service, address): its own pages, else the services' searches."""
    own = tuple((link.service, link.url) for link in track.links.all() if link.url.startswith("https://"))
    if own or track.source != Track.Source.EDITOR:
        return own
    return tuple((NAMES[name], url) for name, url in search_links(track.title, track.artist).items())


def _links(track: Track) -> tuple[Link, ...]:
    searched = set(search_links(track.title, track.artist).values())
    found = []
    for service, url in links_of(track):
        title = INFOS[service].title if service in INFOS else NAMES.get(service, service)
        found.append(Link(title, url, f"Find on {title}" if url in searched else f"Open in {title}"))
    return tuple(found)


def headed(rows: Iterable[Row], stages: Sequence[Stage], photos: Sequence[Photo]) -> Iterator[Row]:
    """The rows, the first of each chapter with its heading."""
    before = 0
    for row in rows:
        chapter = row.item.chapter
        begins = chapter != before and 0 < chapter <= len(stages)
        yield replace(row, heading=_heading(stages[chapter - 1], photos)) if begins else row
        before = chapter


def _heading(stage: Stage, photos: Sequence[Photo]) -> Heading:
    if not stage.photo:
        return Heading("On the way to the next photo", None)
    photo = next((one for one in photos if one.number == stage.photo), None)
    return Heading(f"Photo {stage.photo}{f': {stage.phrase}' if stage.phrase else ''}", photo)


def _audio(track: Track, playable: bool, elsewhere: bool) -> str:
    """Where the page plays it from: this copy's own file, else the person's server or an open archive."""
    if playable:
        return reverse("audio", args=[track.pk])
    return reverse("service_audio", args=[track.pk]) if elsewhere else ""


def cover_of(track: Track) -> str:
    """The address of a cover drawn from where the track lies on the affect plane."""
    profile = getattr(track, "profile", None)
    valence = profile.valence if profile is not None and profile.valence is not None else 0.5
    arousal = profile.arousal if profile is not None and profile.arousal is not None else 0.5
    return reverse("cover", args=[track.pk, percent(valence), percent(arousal)])


def _bars(parts: Iterable[Mapping[str, Any]]) -> Iterator[Bar]:
    for part in sorted(parts, key=lambda part: -part["weight"]):
        label = PART_NAMES.get(part["name"]) or part["name"].replace("_", " ").capitalize()
        yield Bar(label, percent(part["value"]), percent(part["weight"]))


def bars_of(fit: Alignment) -> list[Bar]:
    """The parts of a picture-song fit, as the page draws the parts of a match."""
    return list(_bars([dump(part) for part in fit.parts]))


def percent(share: float) -> int:
    return round(100 * min(max(share, 0.0), 1.0))
