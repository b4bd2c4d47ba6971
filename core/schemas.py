"""Frozen values that travel between rooms: what was seen, heard, asked for and chosen.

Units, throughout the project: valence, arousal, scores and confidences are 0..1 unless a name says
otherwise; ``match`` scores shown to people are 0..100; tempo is beats a minute; loudness is LUFS;
durations are seconds; audio features use Spotify's names and ranges (key 0..11 with C = 0 and -1 for
unknown, mode 1 major and 0 minor).

``dump``/``load`` turn any of these into plain JSON and back; a value stored by an older version loads as
long as its fields still exist (unknown keys are dropped, missing ones take their defaults).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, TypeVar

from pydantic import TypeAdapter

from core.wording import Wording, headed

T = TypeVar("T")

FEATURES = (
    "valence",
    "energy",
    "danceability",
    "acousticness",
    "instrumentalness",
    "speechiness",
    "liveness",
    "tempo",
    "loudness",
    "key",
    "mode",
)
"""Spotify's audio features, by their own names."""

Intent = Literal[
    "describe",
    "refine",
    "limit",
    "keep",
    "remove",
    "replace",
    "reorder",
    "add",
    "more_like",
    "explain",
    "undo",
    "redo",
    "compare",
    "length",
    "scope",
    "save",
    "play",
    "thanks",
    "complaint",
    "smalltalk",
    "unclear",
    "out_of_scope",
]


@dataclass(frozen=True, kw_only=True)
class Label:
    """One named thing seen or heard, with a 0..1 score. ``name`` comes from ``perception.vocabulary``
    where ``kind`` is one of its tables (mood, scene, activity, genre, instrument); else it is free (object)."""

    name: str
    score: float
    kind: str = "mood"
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class Swatch:
    """One colour of the palette: ``#rrggbb`` and its share of the picture, 0..1."""

    hex: str
    share: float


@dataclass(frozen=True, kw_only=True)
class ImageReading:
    """What was seen in one picture (or in several, merged).

    ``valence_sd``/``arousal_sd``: standard deviation of the prediction error, from cross-validation.
    ``concepts``: what the picture shows, as names of ``recommender.music.occasions`` with calibrated probabilities.
    ``styles``: in which styles an editor would make this picture's list, names of ``recommender.music.styles``, the
    strongest 1. ``features``: named visual measurements, each 0..1 (brightness, contrast, colourfulness, warmth,
    saturation, sharpness, complexity, motion, ...). ``confidence``: 0..1, how far to trust the affect.
    ``phrase``: a caption-like phrase made only from what was seen, in English; ``captions``: the same to be told in any
    language, one a picture, where the tier makes it of known words. ``tier``: basic, lite, built in or full. ``tags``:
    what else was named, by kind (place, weather, time, season, activity, company, style, expression, writing).
    ``vector``: the picture in the learned bridge's space ``vector_space``, or empty. ``note``: why a better tier was
    not used, or for what it was not.
    """

    valence: float
    arousal: float
    valence_sd: float = 0.2
    arousal_sd: float = 0.2
    moods: tuple[Label, ...] = ()
    scenes: tuple[Label, ...] = ()
    objects: tuple[Label, ...] = ()
    concepts: tuple[Label, ...] = ()
    styles: tuple[Label, ...] = ()
    tags: tuple[Label, ...] = ()
    palette: tuple[Swatch, ...] = ()
    features: Mapping[str, float] = field(default_factory=dict)
    faces: int = 0
    smiles: int = 0
    phrase: str = ""
    captions: tuple[Wording, ...] = ()
    tier: str = "basic"
    confidence: float = 0.5
    vector: tuple[float, ...] = ()
    vector_space: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Form:
    """How a recording unfolds between ``start`` and ``end``, the seconds of it that were heard.

    ``sections``: where each begins, ``start`` first; ``build_up``: where it grows most, from and to; ``drops``: where
    it suddenly grows full; ``breaks``: where it suddenly thins out; ``climax``: the middle of its loudest seconds, None
    where it stays even."""

    start: float
    end: float
    sections: tuple[float, ...]
    build_up: tuple[float, float] | None = None
    drops: tuple[float, ...] = ()
    breaks: tuple[float, ...] = ()
    climax: float | None = None


@dataclass(frozen=True, kw_only=True)
class Harmony:
    """What theory says of the chords (see ``audio.harmony``): 0..1, but ``changes`` of harmony a minute.
    ``outside``: the share that is not in the key, ``mixture``: that belongs to the parallel mode instead."""

    outside: float
    mixture: float
    consonance: float
    roughness: float
    tension: float
    changes: float


@dataclass(frozen=True, kw_only=True)
class AudioReading:
    """What was heard in one recording. Names and ranges are Spotify's, plus arousal.

    ``confidence`` maps a feature's name to 0..1; a feature that could not be measured is None.
    ``tempo_alternative`` is the second tempo hypothesis (usually the other octave). ``themes``: activities the sound
    would go with (full tier only). ``form`` and ``harmony``: None where they were not heard; harmony needs
    pitches.
    """

    valence: float
    arousal: float
    energy: float
    danceability: float
    acousticness: float
    instrumentalness: float | None
    speechiness: float | None
    liveness: float | None
    tempo: float
    key: int
    mode: int
    loudness: float
    time_signature: int = 4
    tempo_alternative: float | None = None
    duration: float = 0.0
    moods: tuple[Label, ...] = ()
    genres: tuple[Label, ...] = ()
    instruments: tuple[Label, ...] = ()
    themes: tuple[Label, ...] = ()
    form: Form | None = None
    harmony: Harmony | None = None
    confidence: Mapping[str, float] = field(default_factory=dict)
    tier: str = "basic"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Hard limits: promises kept by code. None or empty means "not asked". ``genres``: every track is one of them."""

    tempo_min: float | None = None
    tempo_max: float | None = None
    year_min: int | None = None
    year_max: int | None = None
    instrumental: bool | None = None
    explicit: bool | None = None
    live: bool | None = None
    language: str | None = None
    genres: tuple[str, ...] = ()
    exclude_artists: tuple[str, ...] = ()
    exclude_genres: tuple[str, ...] = ()
    include_artists: tuple[str, ...] = ()
    count: int | None = None
    minutes: float | None = None

    def asked(self) -> dict[str, Any]:
        """Only the limits that were asked for, in the command line's JSON shape."""
        return {name: list(v) if isinstance(v, tuple) else v for name, v in vars(self).items() if v not in (None, ())}

    def merged(self, newer: Limits) -> Limits:
        """These limits with ``newer`` on top: what is refused or asked for by name is added, everything else replaced;
        of two that cannot both hold, the newer stays."""
        changes: dict[str, Any] = {}
        for name, value in vars(newer).items():
            if isinstance(value, tuple):
                older = () if name == "genres" and value else getattr(self, name)
                changes[name] = tuple(dict.fromkeys((*older, *value)))
            elif value is not None:
                changes[name] = value
        return replace(self, **changes)._reconciled(newer)

    def _reconciled(self, newer: Limits) -> Limits:
        changes: dict[str, Any] = {}
        for low, high in (("year_min", "year_max"), ("tempo_min", "tempo_max")):
            least, most = getattr(self, low), getattr(self, high)
            if least is not None and most is not None and least > most:
                changes[low if getattr(newer, low) is None else high] = None
        if newer.count is not None or newer.minutes is not None:  # one length at a time
            changes |= {"count": newer.count, "minutes": newer.minutes}
        for wanted, refused in (("genres", "exclude_genres"), ("include_artists", "exclude_artists")):
            new_wanted, new_refused = ({one.lower() for one in getattr(newer, name)} for name in (wanted, refused))
            changes[wanted] = tuple(one for one in getattr(self, wanted) if one.lower() not in new_refused)
            changes[refused] = tuple(one for one in getattr(self, refused) if one.lower() not in new_wanted)
        return replace(self, **changes)

    def without(self, names: Collection[str]) -> Limits:
        """These limits without those named."""
        return replace(self, **{name: getattr(NO_LIMITS, name) for name in names})


NO_LIMITS = Limits()


@dataclass(frozen=True, kw_only=True)
class Want:
    """One wish about sound. ``feature``: a Spotify feature name, ``arousal``, ``mood:NAME``, ``genre:NAME``,
    ``instrument:NAME``, ``theme:NAME`` or ``familiarity``. ``direction`` -1, 0, 1: less, exactly/at ``target``, more.
    ``amount`` in standard deviations of the feature (0.5 = "a bit" to 1.0 = "much"); ``target`` absolute."""

    feature: str
    direction: int = 1
    amount: float = 0.5
    target: float | None = None


@dataclass(frozen=True, kw_only=True)
class Entity:
    """A named thing in the words: ``type`` artist, track or ordinal; ``text`` as said."""

    type: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Edit:
    """One change to certain tracks of the list. ``what``: the tracks as said ("the first three", "all but the last
    two", "the rest"), for ``agents.references``. ``to``: where they go in a ``move`` ("first", "after 3", "reversed").
    ``count``: how many an ``add`` brings. ``only``: a ``keep`` that says the others go."""

    verb: Literal["keep", "remove", "replace", "move", "add"]
    what: str = ""
    to: str = ""
    count: int = 1
    only: bool = False


@dataclass(frozen=True, kw_only=True)
class WordsReading:
    """What a sentence asks for. ``valence``/``arousal`` of what is described, None for a pure comparative;
    ``concepts``: the occasions it describes, with 0..1. ``language``: the two letters of the language it was said in;
    ``english``: the English words that it was read as, where it was said in another.
    ``edits``: what is to happen to certain tracks, in the order said; ``local``: limits and wants are meant only for
    the tracks that those bring. ``released``: limits (fields of Limits) that are taken off. ``longer``: by what the
    list's length is multiplied."""

    text: str
    intent: Intent = "describe"
    valence: float | None = None
    arousal: float | None = None
    wants: tuple[Want, ...] = ()
    limits: Limits = field(default_factory=Limits)
    entities: tuple[Entity, ...] = ()
    concepts: tuple[Label, ...] = ()
    confidence: float = 0.5
    language: str = "en"
    english: str = ""
    edits: tuple[Edit, ...] = ()
    local: bool = False
    released: tuple[str, ...] = ()
    longer: float | None = None


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One chapter of a list made for several photos: its point, what its photo shows, and how many tracks it gets.
    ``looks``: the photo's measurements (``ImageReading.features``); ``phrase``, ``captions``: as there; ``photo``: its
    number, from 1, or 0 on the way from one photo to the next."""

    valence: float
    arousal: float
    count: int
    photo: int = 0
    spread: float = 0.18
    moods: tuple[Label, ...] = ()
    scenes: tuple[Label, ...] = ()
    looks: Mapping[str, float] = field(default_factory=dict)
    phrase: str = ""
    captions: tuple[Wording, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Shift:
    """One thing about the moment a list is for, and how it moves the target. ``name``: evening, friends, running, ...;
    ``valence``/``arousal``: signed, in the plane's 0..1; ``words``: such as "for the evening"."""

    name: str
    valence: float
    arousal: float
    words: str = ""

    @property
    def key(self) -> str:
        """Its chip's key."""
        return f"now:{self.name}"


@dataclass(frozen=True, kw_only=True)
class Take:
    """One way to hear what was seen or said: a direction for one coherent list.

    ``title``: as an editor would call it, in English, ``called``: in the language that is active; ``wording``: what the
    latter is made from, where it is not one of the editor's titles; ``styles`` and ``themes``: names of
    ``recommender.music`` with weights 0..1; ``valence``/``arousal``: the point it aims at; ``years``: from and to,
    where it has an era; ``languages``: sung, where it asks for any; ``chance``: 0..1, how likely this is the one that
    fits (all takes of a brief sum to 1); ``concept``: the seen or said thing it answers; ``why``: that in a few
    words; ``learned``: what the choices that people made multiplied its strength by."""

    title: str
    styles: Mapping[str, float]
    themes: Mapping[str, float] = field(default_factory=dict)
    moods: tuple[str, ...] = ()
    valence: float = 0.5
    arousal: float = 0.5
    years: tuple[int, int] | None = None
    languages: tuple[str, ...] = ()
    chance: float = 1.0
    concept: str = ""
    why: str = ""
    learned: float = 1.0
    wording: Wording | None = None

    @property
    def named(self) -> Wording:
        return self.wording or Wording(text=self.title)

    @property
    def called(self) -> str:
        return headed(str(self.named))


VECTOR_PLACES = 5
"""Decimals of a brief's vectors."""


@dataclass(frozen=True, kw_only=True)
class MusicBrief:
    """What music to look for: the bridge between a reading (and words) and the ranking.

    ``valence``/``arousal``: the target point. ``spread``: the standard deviation in 0..1 around it that
    still counts as close. ``moods``/``genres``/``instruments``: signed wishes, score -1..1 (negative = less of it).
    ``scenes``: what the picture shows; ``phrase``, ``captions``: as in its reading. Switched-off chips stay
    among the labels, so that they can be put back.
    ``features``: target values for Spotify features, each with a weight, as ``{name: (value, weight)}``.
    ``names``: artists and titles that the words named (kind artist or track), score 0..1, older ones lower.
    ``like``: ids of tracks it should be like.
    ``vector``: the brief's text vector in the MiniLM space (384 floats) or empty. ``switched_off``: chips the
    person turned off (``mood:joyful``); mapping and scoring pass over them. ``sources``: plain phrases of what in the
    picture or words each target came from, by target name; reasons quote them. ``stages``: chapters of a list for
    several photos, in order; empty for one list. ``crossing``: the picture in the learned bridge's space
    ``crossing_space``, or empty. ``moment``: what the list is for besides the picture, with how far each moves the
    target; those that are switched off are kept, and move nothing. ``takes``: the ways to hear it, likeliest first;
    ``take``: the number of the chosen one, from 1; 0 where there is none. ``seed``: what settles ties between tracks
    that fit equally well, so that two photos of one kind get different lists.
    """

    valence: float
    arousal: float
    spread: float = 0.18
    moods: tuple[Label, ...] = ()
    genres: tuple[Label, ...] = ()
    instruments: tuple[Label, ...] = ()
    scenes: tuple[Label, ...] = ()
    names: tuple[Label, ...] = ()
    like: tuple[int, ...] = ()
    features: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    count: int = 12
    arc: str = "steady"
    words: str = ""
    phrase: str = ""
    captions: tuple[Wording, ...] = ()
    vector: tuple[float, ...] = ()
    switched_off: tuple[str, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    confidence: float = 0.5
    reasoning: str = "hybrid"
    stages: tuple[Stage, ...] = ()
    crossing: tuple[float, ...] = ()
    crossing_space: str = ""
    moment: tuple[Shift, ...] = ()
    takes: tuple[Take, ...] = ()
    take: int = 0
    seed: int = 0

    @property
    def direction(self) -> Take | None:
        """The chosen take."""
        return self.takes[self.take - 1] if 0 < self.take <= len(self.takes) else None


@dataclass(frozen=True, kw_only=True)
class Part:
    """One named part of a match: ``value`` 0..1, the stated ``weight`` (all weights of a track sum to 1).
    ``decisive``: without this part the track's match would not have been among the best, as many as the list is long.
    """

    name: str
    value: float
    weight: float
    decisive: bool = False


@dataclass(frozen=True, kw_only=True)
class Rival:
    """One of the tracks among which a place was drawn by chance. ``lost``: what it lost (of 0..1) by being like the
    tracks chosen before."""

    track_id: int
    lost: float


@dataclass(frozen=True, kw_only=True)
class ScoredTrack:
    """One chosen track. ``score`` 0..100 = 100 * sum(value * weight) of its parts, after calibration. ``team``: whose
    pick it was in a list drafted from two rankings, else empty. ``chapter``: the number of its stage, from 1; 0 without
    stages. ``propensity``: the probability with which it was drawn, given the choices before it; ``rivals``: among
    which, best first, empty where nothing was drawn. ``reason``: in the language it was found in; ``wording``: what it
    is made from, where that is known words alone; ``because``: in the language that is active."""

    track_id: int
    title: str
    artist: str
    score: float
    parts: tuple[Part, ...]
    reason: str = ""
    rank: int = 0
    links: Mapping[str, str] = field(default_factory=dict)
    valence: float | None = None
    arousal: float | None = None
    duration: float = 0.0
    propensity: float = 1.0
    weak: bool = False
    team: str = ""
    chapter: int = 0
    rivals: tuple[Rival, ...] = ()
    wording: Wording | None = None

    @property
    def because(self) -> str:
        return headed(str(self.wording)) if self.wording else self.reason


@dataclass(frozen=True, kw_only=True)
class Unmet:
    """A limit that could not be met, and how far: ``limit`` is a field of Limits; or ``genre`` or ``instruments`` for a
    wish that nothing found can fulfil. ``hint``: the nearest way on, in a sentence; ``ways``: what may be said next,
    the nearest way first."""

    limit: str
    message: str
    hint: str = ""
    ways: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Preference:
    """What a person leans to in one respect. ``target``: as in ``Want.feature``, or ``artist:KEY``. ``strength``:
    signed; standard deviations for a feature, -1..1 for a label. ``track_id`` and ``title``: the song that taught most
    of it; ``taught_by``: what the person said or did (a key of ``feedback.taste.evidence.SAYS``), or ``pinned``."""

    target: str
    strength: float
    track_id: int
    title: str
    taught_by: str


@dataclass(frozen=True, kw_only=True)
class TasteSnapshot:
    """What was learned at one pace of forgetting. ``count``: the effective number of reactions, older and milder ones
    counting less. ``valence``/``arousal``: the centre of what was liked, None when nothing was."""

    leanings: Mapping[str, Preference] = field(default_factory=dict)
    count: float = 0.0
    valence: float | None = None
    arousal: float | None = None


@dataclass(frozen=True, kw_only=True)
class TasteProfile:
    """What one person's ``reactions`` (how many they are) tell. ``changed``: when the taste last changed, if it did;
    ``earlier``: what it was before that, which counts no more."""

    long_term: TasteSnapshot = field(default_factory=TasteSnapshot)
    current: TasteSnapshot = field(default_factory=TasteSnapshot)
    reactions: int = 0
    changed: datetime | None = None
    earlier: TasteSnapshot = field(default_factory=TasteSnapshot)


@dataclass(frozen=True, kw_only=True)
class RankedList:
    """A finished list. ``timings``: milliseconds by step."""

    tracks: tuple[ScoredTrack, ...]
    unmet: tuple[Unmet, ...] = ()
    timings: Mapping[str, float] = field(default_factory=dict)
    policy: str = ""


@dataclass(frozen=True, kw_only=True)
class Alignment:
    """How well a picture and a song fit: ``score`` 0..100 (a random pair averages near 50)."""

    score: float
    parts: tuple[Part, ...]
    reasons: tuple[str, ...]
    rarity: float = 0.5


_adapters: dict[type[Any], TypeAdapter[Any]] = {}


def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]


def dump(value: Any) -> dict[str, Any]:
    """A value as plain JSON types."""
    plain: dict[str, Any] = _adapter(type(value)).dump_python(value, mode="json")
    return plain


def load(kind: type[T], data: Mapping[str, Any]) -> T:
    """The value back from its JSON, without unknown keys. Raises ``pydantic.ValidationError`` if it does not fit."""
    value: T = _adapter(kind).validate_python(data)
    return value
