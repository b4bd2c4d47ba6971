"""What the conversation page shows, worked out from rows: the templates only lay it out.

Everything is lazy, so that a fragment of the page asks the database only for what it shows. Percentages are whole
numbers 0..100; places on the map are in its own units, 0..100, x growing happier and y growing calmer.
"""

from __future__ import annotations

import colorsys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.urls import reverse

from accounts.models import User
from agents import revisions, together
from agents.models import Conversation, Member, Session, Together, Turn
from feedback import blending, context, ratings, reactions, steering
from feedback.blending import METHODS
from feedback.experiments.assignment import arm_for, running
from feedback.experiments.models import Experiment
from feedback.models import ListRating, Reaction, TasteSettings
from recommender import mapping
from recommender.mapping import average
from recommender.models import Picture, Playlist, PlaylistItem, Track
from recommender.services.playable import server_songs
from recommender.values import Alignment, ImageReading, Label, MusicBrief, Stage, dump, load

AGENTS = {
    "image_analysis": "Looking at the picture",
    "music_understanding": "Listening to the catalogue",
    "mapping": "Turning feelings into sound",
    "recommendation": "Choosing tracks",
    "evaluation": "Checking the list",
}
TIERS = {
    "basic": "colour, light and layout only",
    "lite": "a small vision model",
    "full": "a large vision model",
}
SUGGESTIONS: tuple[tuple[str, Callable[[MusicBrief], bool]], ...] = (
    ("a bit calmer", lambda brief: brief.arousal > 0.25),
    ("a bit livelier", lambda brief: brief.arousal <= 0.25),
    ("more upbeat", lambda brief: brief.valence < 0.8),
    ("no vocals", lambda brief: brief.limits.instrumental is None),
    ("more acoustic", lambda brief: brief.features.get("acousticness", (0.0, 0.0))[0] < 0.8),
    ("something darker", lambda brief: brief.valence > 0.3),
    ("surprise me", lambda _: True),
)
"""What one may tap to say, each with when it still makes sense for a list made for such a brief."""
CHIP_GROUPS = (
    ("mood", "Mood"),
    ("scene", "Scene"),
    ("object", "Things"),
    ("place", "Place"),
    ("weather", "Weather"),
    ("time", "Time of day"),
    ("season", "Season"),
    ("activity", "Activity"),
    ("company", "Company"),
    ("style", "Style"),
    ("expression", "Expression"),
)
"""Kinds of chips in their order; from place on, only the full tier names them."""
MOST_CHIPS = 7
DECIDED = {"taste": "changed by your taste", "familiarity": "changed by your dial"}
"""What a track is marked with that is in the list only for this part of its match."""
MOMENTS = (
    ("company", "Company"),
    ("time", "Time of day"),
    ("week", "Week"),
    ("activity", "Activity"),
    ("weather", "Weather"),
)
"""Groups of ``feedback.context`` in the order of the menu."""


@dataclass(frozen=True)
class Chip:
    """One thing seen that can be switched off. ``key`` is ``kind:name``."""

    key: str
    name: str
    percent: int
    on: bool


@dataclass(frozen=True)
class Colour:
    """A palette colour as a stretch of a strip 100 units wide."""

    hex: str
    x: float
    width: float


@dataclass(frozen=True)
class Dot:
    """A track's place on the map."""

    track_id: int
    number: int
    name: str
    x: float
    y: float


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
    cover: str
    audio: str
    links: tuple[tuple[str, str], ...]
    opinion: Reaction | None = None
    heading: Heading | None = None
    serves: tuple[str, ...] = ()

    @property
    def track(self) -> Track:
        return self.item.track

    @property
    def decided(self) -> str:
        """What of the person brought the track into the list, which the picture and the words alone would not have."""
        decisive = [part["name"] for part in self.item.parts if part.get("decisive")]
        return next((words for name, words in DECIDED.items() if name in decisive), "")

    @property
    def is_demo(self) -> bool:
        return self.track.source == Track.Source.DEMO


@dataclass(frozen=True)
class Step:
    """One agent's part in a turn. ``state``: waiting, running, done or failed; ``ms`` None until it has ended."""

    agent: str
    title: str
    state: str
    summary: str = ""
    ms: float | None = None

    @property
    def took(self) -> str:
        if self.ms is None:
            return ""
        return f"{self.ms / 1000:.1f} s" if self.ms >= 1000 else f"{self.ms:.0f} ms"


class Room:
    """A conversation as its page shows it. ``shared``: someone else is looking, so nothing can be changed. ``member``:
    their place in its session, if they are in it (``agents.together_page``)."""

    member: Member | None = None

    def __init__(self, conversation: Conversation, *, shared: bool = False) -> None:
        self.conversation = conversation
        self.head = conversation.head
        self.shared = shared

    @cached_property
    def _pictured(self) -> Turn | None:
        """``Conversation.pictured``, of the turns at hand."""
        return next((turn for turn in reversed(self.turns) if turn.pictures()), None)

    @cached_property
    def pictures(self) -> list[Picture]:
        return self._pictured.pictures() if self._pictured else []

    @property
    def picture(self) -> Picture | None:
        return self.pictures[0] if self.pictures else None

    @cached_property
    def photos(self) -> list[Photo]:
        """The photos with what was seen in each."""
        return [self._photo(number, picture) for number, picture in enumerate(self.pictures, 1)]

    def _photo(self, number: int, picture: Picture) -> Photo:
        reading = load(ImageReading, picture.reading) if picture.reading else None
        thumb, full = (self._photo_at(number, size) for size in ("thumb", "full"))
        return Photo(number, picture, reading, thumb, full)

    def _photo_at(self, number: int, size: str) -> str:
        token = self.conversation.share_token if self.shared else None
        return (
            reverse("shared_picture", args=[token, number, size])
            if token
            else reverse("picture", args=[self.pictures[number - 1].pk, size])
        )

    @cached_property
    def reading(self) -> ImageReading | None:
        """What was seen, in all photos together where there are several."""
        known = [photo.reading for photo in self.photos if photo.reading]
        return average(known) if known else None

    @property
    def together(self) -> str:
        """How several photos became one list, in words; empty for one photo."""
        return Together(self._pictured.together).label if self._pictured and len(self.pictures) > 1 else ""

    @cached_property
    def brief(self) -> MusicBrief | None:
        return load(MusicBrief, self.head.brief) if self.head else None

    # --- what was seen

    @cached_property
    def palette(self) -> list[Colour]:
        return list(_strip(self.reading)) if self.reading else []

    @cached_property
    def accent(self) -> str:
        """The palette's most telling colour as ``#rrggbb``, or empty for a grey picture."""
        return _telling([(colour.hex, colour.width / 100) for colour in self.palette])

    @cached_property
    def chips(self) -> list[tuple[str, list[Chip]]]:
        """Named groups of chips; without a photo, the moods that the words asked for."""
        off = set(self.brief.switched_off) if self.brief else set()
        seen: dict[str, Iterable[Label]] = {kind: () for kind, _ in CHIP_GROUPS}
        if self.reading:
            tags = {kind: [tag for tag in self.reading.tags if tag.kind == kind] for kind in seen}
            named = {"mood": self.reading.moods, "scene": self.reading.scenes, "object": self.reading.objects}
            seen = {**tags, **named}
        elif self.brief:
            seen["mood"] = [label for label in self.brief.moods if label.score > 0]
        groups = self._now(off)
        for kind, title in CHIP_GROUPS:
            names = {label.name: label.score for label in seen[kind]}
            names.update({key.partition(":")[2]: 0.0 for key in off if key.startswith(f"{kind}:")} | names)
            ranked = sorted(names.items(), key=lambda pair: -pair[1])[:MOST_CHIPS]
            if ranked:
                groups.append(
                    (title, [Chip(f"{kind}:{n}", n, percent(s), f"{kind}:{n}" not in off) for n, s in ranked])
                )
        return groups

    def _now(self, off: set[str]) -> list[tuple[str, list[Chip]]]:
        """What the list is for besides the picture."""
        moment = self.brief.moment if self.brief else ()
        chips = [Chip(shift.key, context.chip_of(shift.name), 0, shift.key not in off) for shift in moment]
        return [("This moment", chips)] if chips else []

    @property
    def moments(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """What a list may be for, by group, each with its name and what it is called."""
        return [(title, [(name, context.chip_of(name)) for name in context.GROUPS[group]]) for group, title in MOMENTS]

    @property
    def moment(self) -> str:
        """What the moment does to the list, in words."""
        return mapping.moment_words(self.brief) if self.brief else ""

    @cached_property
    def by_the_clock(self) -> bool:
        return not context.paused(self.conversation.owner)

    @cached_property
    def tier(self) -> str:
        return TIERS.get(self.reading.tier, self.reading.tier) if self.reading else ""

    @cached_property
    def sureness(self) -> list[bool]:
        """Confidence as five lamps, lit from the left."""
        confidence = self.reading.confidence if self.reading else 0.0
        return [confidence * 5 > lamp for lamp in range(5)]

    @property
    def sureness_words(self) -> str:
        lit = sum(self.sureness)
        return ("only guessing", "not very sure", "not very sure", "fairly sure", "sure", "very sure")[lit]

    # --- the map

    @cached_property
    def target(self) -> dict[str, float] | None:
        """The point the music aims at: the person's, else the reading's."""
        point = self.brief or self.reading
        return _point(point.valence, point.arousal) if point else None

    @cached_property
    def origin(self) -> dict[str, float] | None:
        """The photo's own point with the radii of one standard deviation of the reading's error."""
        if self.reading is None:
            return None
        spread = {"rx": 100 * self.reading.valence_sd, "ry": 100 * self.reading.arousal_sd}
        return _point(self.reading.valence, self.reading.arousal) | spread

    @property
    def steered(self) -> bool:
        """Did the person change what was seen?"""
        if self.target is None or self.origin is None or self.brief is None:
            return False
        far = max(abs(self.target[axis] - self.origin[axis]) for axis in "xy")
        return far > 1.0 or bool(self.brief.switched_off)

    @cached_property
    def dots(self) -> list[Dot]:
        placed = []
        for row in self.rows:
            profile = getattr(row.track, "profile", None)
            if profile is not None and profile.valence is not None and profile.arousal is not None:
                place = _point(profile.valence, profile.arousal)
                placed.append(Dot(row.track.pk, row.number, str(row.track), place["x"], place["y"]))
        return placed

    # --- the list

    @cached_property
    def rows(self) -> list[Row]:
        if self.head is None:
            return []
        rows = rows_of(self.head, self.looker, self._served())
        return list(_headed(rows, self.brief.stages if self.brief else (), self.photos))

    @property
    def looker(self) -> User | None:
        """Whose opinions are shown; nobody's to a stranger."""
        return None if self.shared else self.conversation.owner

    def _served(self) -> dict[int, tuple[str, ...]]:
        """By track, the names of those whose taste it serves, while several listen."""
        if self.head is None or len(self.people) < 2:
            return {}
        names = {member.person_id: member.name for member in self.people}
        ids = self.head.items.values_list("track_id", flat=True)
        served = blending.serving([member.person for member in self.people], list(ids))
        return {track: tuple(names[one] for one in whom) for track, whom in served.items()}

    # --- who listens

    @cached_property
    def session(self) -> Session | None:
        """The open session, if the looker is in it."""
        return None if self.shared else together.session_of(self.conversation)

    @cached_property
    def people(self) -> list[Member]:
        return list(self.session.members.filter(left__isnull=True).select_related("person")) if self.session else []

    @property
    def methods(self) -> list[tuple[str, str]]:
        return list(METHODS.items())

    @property
    def blend(self) -> str:
        return METHODS[self.session.method] if self.session else ""

    # --- where the page asks and tells

    @property
    def say_at(self) -> str:
        return reverse("say", args=[self.conversation.pk])

    @property
    def react_at(self) -> str:
        """In a session the list goes by a reaction at once."""
        return reverse("together_react", args=[self.session.token]) if self.session else reverse("react")

    @property
    def at(self) -> str:
        """The page's own address, below which its fragments lie."""
        return reverse("conversation", args=[self.conversation.pk])

    @property
    def reacted(self) -> bool:
        """Has the person said something about tracks that this version does not know of yet?"""
        return self.head is not None and reactions.said_since(self.conversation.owner, self.head.created)

    @property
    def decided(self) -> int:
        """How many tracks the person's taste, or their dial, brought into the list."""
        return sum(bool(row.decided) for row in self.rows)

    @cached_property
    def rating(self) -> ListRating | None:
        return ratings.rating_of(self.conversation.owner, self.head) if self.head else None

    @property
    def stars(self) -> range:
        return ratings.STARS

    @cached_property
    def steering(self) -> TasteSettings:
        return steering.settings_of(self.conversation.owner)

    @cached_property
    def unmet(self) -> list[dict[str, Any]]:
        return self.head.unmet if self.head else []

    @cached_property
    def change(self) -> dict[str, Any]:
        change = self.head.change if self.head else {}
        return change if change.get("left") or change.get("came") else {}

    @property
    def minutes(self) -> int:
        return round(sum(row.track.duration for row in self.rows) / 60)

    @property
    def can_undo(self) -> bool:
        return revisions.neighbour(self.conversation, back=True) is not None

    @property
    def can_redo(self) -> bool:
        return revisions.neighbour(self.conversation, back=False) is not None

    # --- the talk and the work

    @cached_property
    def turns(self) -> list[Turn]:
        return list(self.conversation.turns.select_related("picture").prefetch_related("further__picture"))

    @cached_property
    def turn(self) -> Turn | None:
        return self.turns[-1] if self.turns else None

    @property
    def working(self) -> bool:
        return self.turn is not None and self.turn.state in Turn.OPEN

    @cached_property
    def steps(self) -> list[Step]:
        return steps_of(self.turn) if self.turn else []

    @property
    def step(self) -> Step | None:
        """What runs now."""
        return next((step for step in self.steps if step.state == "running"), None)

    @property
    def strategy(self) -> str:
        return self.turn.strategy.replace("_", " ") if self.turn else ""

    @property
    def took(self) -> str:
        if self.turn is None or self.turn.finished is None:
            return ""
        return f"{(self.turn.finished - self.turn.created).total_seconds():.1f} s"

    @property
    def fit(self) -> dict[str, Any] | None:
        """How well the uploaded song and the picture fit, when both were given."""
        return (self.turn.verdict or {}).get("fit") if self.turn else None

    @cached_property
    def template(self) -> str:
        """How the list is laid out: usual, compact or open (``feedback.experiments.treatments``)."""
        if self.shared:
            return "usual"
        return arm_for(self.conversation.owner, "page", self.experiments).template or "usual"

    @cached_property
    def experiments(self) -> list[Experiment]:
        """Those that run now."""
        return running()

    @property
    def suggestions(self) -> list[str]:
        return [text for text, fits in SUGGESTIONS if self.brief is None or fits(self.brief)]


def bars_of(fit: Alignment) -> list[Bar]:
    """The parts of a picture-song fit, as the page draws the parts of a match."""
    return list(_bars([dump(part) for part in fit.parts]))


def percent(share: float) -> int:
    return round(100 * min(max(share, 0.0), 1.0))


def steps_of(turn: Turn) -> list[Step]:
    """All five agents in their usual order, those that did nothing yet as waiting."""
    noted = turn.steps.get("agents", {})
    return [
        Step(
            agent,
            noted.get(agent, {}).get("title") or title,
            noted.get(agent, {}).get("state", "waiting"),
            noted.get(agent, {}).get("summary", ""),
            noted.get(agent, {}).get("ms"),
        )
        for agent, title in AGENTS.items()
    ]


def rows_of(
    playlist: Playlist, person: User | None = None, served: Mapping[int, tuple[str, ...]] | None = None
) -> Iterator[Row]:
    """The tracks of a version; with what ``person`` thinks of them and, by track, whom it serves."""
    items = playlist.items.select_related("track__profile").prefetch_related("track__links").order_by("position")
    ids = [item.track_id for item in items]
    opinions, on_server = reactions.opinions(person, ids), server_songs(person, ids)
    for number, item in enumerate(items, start=1):
        track = item.track
        playable = bool(track.file) and track.missing_since is None
        yield Row(
            item=item,
            number=number,
            match=round(item.score),
            bars=tuple(_bars(item.parts)),
            cover=cover_of(track),
            audio=_audio(track, playable, track.pk in on_server),
            links=tuple((link.service, link.url) for link in track.links.all() if link.url.startswith("https://")),
            opinion=opinions.get(track.pk),
            serves=(served or {}).get(track.pk, ()),
        )


def _headed(rows: Iterable[Row], stages: Sequence[Stage], photos: Sequence[Photo]) -> Iterator[Row]:
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


def _audio(track: Track, playable: bool, on_server: bool) -> str:
    """Where the page plays it from: this copy's own file, else the person's server."""
    if playable:
        return reverse("audio", args=[track.pk])
    return reverse("server_audio", args=[track.pk]) if on_server else ""


def cover_of(track: Track) -> str:
    """The address of a cover drawn from where the track lies on the affect plane."""
    profile = getattr(track, "profile", None)
    valence = profile.valence if profile is not None and profile.valence is not None else 0.5
    arousal = profile.arousal if profile is not None and profile.arousal is not None else 0.5
    return reverse("cover", args=[track.pk, percent(valence), percent(arousal)])


def _bars(parts: list[dict[str, Any]]) -> Iterator[Bar]:
    for part in sorted(parts, key=lambda part: -part["weight"]):
        label = part["name"].replace("_", " ").capitalize()
        yield Bar(label, percent(part["value"]), percent(part["weight"]))


def _point(valence: float, arousal: float) -> dict[str, float]:
    return {"x": round(100 * valence, 2), "y": round(100 * (1 - arousal), 2)}


def _strip(reading: ImageReading) -> Iterator[Colour]:
    total = sum(swatch.share for swatch in reading.palette) or 1.0
    at = 0.0
    for swatch in reading.palette:
        width = 100 * swatch.share / total
        yield Colour(swatch.hex, round(at, 2), round(width, 2))
        at += width


def _telling(palette: list[tuple[str, float]]) -> str:
    """The colour with the most chroma for its share; a square root keeps small bright lights in the running."""
    best, most = "", 0.08
    for code, share in palette:
        red, green, blue = (int(code[at : at + 2], 16) / 255 for at in (1, 3, 5))
        _, lightness, saturation = colorsys.rgb_to_hls(red, green, blue)
        chroma = saturation * (1 - abs(2 * lightness - 1))
        if chroma * share**0.5 > most:
            best, most = code, chroma * share**0.5
    return best
