"""How well one picture and one song fit: 0..100 with parts and reasons, calibrated on random pairs.

The score is a percentile: 83 says that of 100 random pairs of a photo and a song, 83 fit less well by the same parts.
So a random pair averages 50 whichever parts are known of it, and ``rarity`` is the share of random pairs that fit at
least as well. People rate intended pairs of art and music only a little above random ones (57.7 against 53.5 of 100 in
Sci Rep 2024), so a high score promises a rare match of measured properties, not that everyone will feel it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later
from numpy.typing import NDArray

from core.errors import Conflict
from core.schemas import Alignment, AudioReading, ImageReading, Label, Part, Take
from recommender.library.audio_profiles import reading_of
from recommender.library.genres import genres_of
from recommender.library.importers.editor_songs import LOUD, QUIET, Known, known_of
from recommender.mapping import brief_for, rescale_to_rating_spread
from recommender.models import Track
from recommender.music.occasions import occasions
from recommender.music.styles import called
from recommender.perception import TRAINED
from recommender.perception.text.affect_model import vocabulary_vectors
from recommender.perception.vocabulary import moods_near
from recommender.ranking import features, scoring
from recommender.ranking import known as editor
from recommender.ranking.features import Pool
from recommender.ranking.filters import Facts

REFERENCE_FILE = TRAINED / "alignment_reference.npz"

WEIGHTS = {
    "style": 0.40,
    "theme": 0.20,
    "valence": 0.096,
    "arousal": 0.096,
    "mood": 0.072,
    "semantic": 0.056,
    "energy_light": 0.040,
    "tempo_motion": 0.040,
}
"""``style`` and ``theme`` (what an editor would play for what is seen, against what is known of the song) were weighed
against the rest on half of the development lists (`evaluate lists` reports on the other half)."""
AFFECT_SPREAD = 0.22
LIGHT = {"brightness": 0.5, "saturation": 0.25, "contrast": 0.25}
"""A picture's light is heard as energy (cross-modal brightness and loudness: Marks 1987)."""
MOTION = ("motion", "complexity")
SLOWEST, FASTEST = 60.0, 180.0
CLEAR = 0.7
"""How many standard deviations above or below the usual a part must lie to be named as fitting or clashing."""
APART = 0.12
"""How far apart on an axis a song must lie to be wished closer."""

FITS = {
    "style": later("{style} is what an editor would play for {scene}."),
    "theme": later("It is a song for {theme}."),
    "valence": later("Both are about equally {tone}."),
    "arousal": later("Both are about equally {drive}."),
    "mood": later("Their moods agree: {moods}."),
    "semantic": later("What is seen and the style of the song belong together."),
    "energy_light": later("The song's energy matches the picture's light."),
    "tempo_motion": later("Its tempo of {tempo:.0f} matches the movement in the picture."),
}
CLASHES = {
    "style": later("{style} is not what an editor would play for {scene}."),
    "theme": later("It is not known as a song for {scene}."),
    "valence": later("The song is {brighter} than the picture."),
    "arousal": later("The song is {livelier} than the picture."),
    "mood": later("Their moods differ."),
    "semantic": later("What is seen and the style of the song have little in common."),
    "energy_light": later("The song's energy is {stronger} than the picture's light."),
    "tempo_motion": later("Its tempo of {tempo:.0f} is {faster} than the picture's movement suggests."),
}


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A picture as it was read with what an editor would play for it, and a song as it sounds with what is known of
    it."""

    reading: ImageReading
    takes: tuple[Take, ...]
    audio: AudioReading
    known: Known | None


class TooLittleKnown(Conflict):
    code = "sound_unknown"
    message = "Too little is known of how this track sounds."
    hint = "Upload it as a song to have it listened to."


def align(reading: ImageReading, audio: AudioReading | None, known: Known | None = None) -> Alignment:
    """The alignment of a picture and a song, by how it sounds, what is known of it (else the style it sounds like), or
    both. Parts that cannot be known of either are left out, and their weight is shared among the others; part values
    are 0..1 before calibration. Raises TooLittleKnown without a sound for a song of which nothing is known."""
    if known is None and audio is not None:
        known = known_of("", "", ", ".join(label.name for label in audio.genres[:2]))
    pair = Pair(reading=reading, takes=takes_of(reading), audio=heard_as(audio, known), known=known)
    by_editor = {name: float(column[0]) for name, column in editor_values(pair.takes, [known]).items()}
    values = part_values(reading, pair.audio, by_editor)
    total = sum(WEIGHTS[name] for name in values)
    parts = tuple(
        Part(name=name, value=round(value, 4), weight=round(WEIGHTS[name] / total, 4)) for name, value in values.items()
    )
    beaten = percentile(values)
    return Alignment(
        score=round(100 * beaten, 1),
        parts=parts,
        reasons=_reasons(pair, values, beaten),
        rarity=round(1 - beaten, 4),
    )


def align_track(reading: ImageReading, track: Track) -> Alignment:
    """The alignment of a picture and a track of the catalogue, from its stored profile and what is known of it; no
    model is loaded. Raises TooLittleKnown for a track of which neither is known."""
    profile = getattr(track, "profile", None)
    audio = reading_of(profile) if profile is not None else None
    return align(reading, audio, known_of(track.title, track.artist, track.genre))


def heard_as(audio: AudioReading | None, known: Known | None) -> AudioReading:
    """How the song sounds: as heard, its mood corrected by what is known; without a sound, as known. Raises
    TooLittleKnown where there is neither."""
    point = known.affect() if known else None
    if known is None or point is None:
        if audio is None:
            raise TooLittleKnown
        return audio
    if audio is None:
        return _by_name(known, *point)
    if known.song is None:
        return audio
    moods = tuple(Label(name=name, score=features.ANNOTATED_MOOD, kind="mood") for name in known.moods)
    measured = np.array([audio.valence, audio.arousal])
    valence, arousal = features.judged(measured, np.array(point)).tolist()
    return replace(audio, valence=valence, arousal=arousal, moods=moods or audio.moods)


def _by_name(known: Known, valence: float, arousal: float) -> AudioReading:
    song = known.song
    energy = song.energy if song else arousal
    return AudioReading(
        valence=valence,
        arousal=arousal,
        energy=energy,
        danceability=song.danceability if song else 0.5,
        acousticness=song.acousticness if song else 0.5,
        instrumentalness=None,
        speechiness=None,
        liveness=None,
        tempo=(song.tempo if song else None) or 0.0,
        key=-1,
        mode=1,
        loudness=QUIET + (LOUD - QUIET) * energy,
        moods=tuple(Label(name=name, score=features.ANNOTATED_MOOD, kind="mood") for name in known.moods),
        genres=tuple(
            Label(name=name, score=score, kind="genre") for name, score in genres_of(", ".join(known.styles)).items()
        ),
    )


def takes_of(reading: ImageReading) -> tuple[Take, ...]:
    """What an editor would play for what is seen; none where nothing is seen but a mood."""
    return brief_for(reading).takes if reading.concepts else ()


def editor_values(takes: Sequence[Take], known: Sequence[Known | None]) -> dict[str, NDArray[np.float64]]:
    """``style`` and ``theme`` by song, (n,) 0..1: how well it serves a picture's takes, each by its chance. NaN where
    nothing is known of the song, and everywhere without takes."""
    unknown = np.full(len(known), np.nan)
    if not takes:
        return {"style": unknown, "theme": unknown}
    pool = Pool(
        ids=np.arange(len(known)),
        facts=tuple(
            Facts(
                title="",
                artist="",
                year=one.song.year if one and one.song else None,
                language=one.language if one else "",
            )
            for one in known
        ),
        columns={},
        moods=({},) * len(known),
        genres=({},) * len(known),
        instruments=({},) * len(known),
        text_similarity=unknown,
        name_match=unknown,
        styles=tuple(one.styles if one else () for one in known),
        themes=tuple(one.themes if one else () for one in known),
        provenance=tuple(one.provenance if one else "" for one in known),
    )
    missing = np.array([not (one and one.styles) for one in known])
    return {
        name: np.where(missing, np.nan, sum((take.chance * value(pool, take) for take in takes), np.zeros(len(known))))
        for name, value in (("style", editor.style), ("theme", editor.theme))
    }


def part_values(
    reading: ImageReading, audio: AudioReading, by_editor: Mapping[str, float] | None = None
) -> dict[str, float]:
    """Every part that can be known, 0..1. ``by_editor``: of this song, by ``editor_values``."""
    valence, arousal = rescale_to_rating_spread(reading)
    seen = _moods(reading.moods, reading.valence, reading.arousal)
    heard = _moods(audio.moods, audio.valence, audio.arousal)
    values = {name: value for name, value in (by_editor or {}).items() if not math.isnan(value)} | {
        "valence": _near(valence, audio.valence),
        "arousal": _near(arousal, audio.arousal),
        "mood": float(scoring.alike_moods(scoring.mood_vector(heard)[None], scoring.mood_vector(seen))[0]),
    }
    scenes, styles = _chips(reading.scenes), _chips((*audio.genres, *audio.instruments))
    if scenes and styles:
        values["semantic"] = float(np.clip(_meaning(seen, scenes) @ _meaning(heard, styles), 0.0, 1.0))
    if (light := light_of(reading)) is not None:
        values["energy_light"] = 1.0 - abs(light - audio.energy)
    if (motion := motion_of(reading)) is not None and audio.tempo > 0:
        values["tempo_motion"] = 1.0 - abs(motion - pace(audio.tempo))
    return values


def light_of(reading: ImageReading) -> float | None:
    """0..1 from brightness, saturation and contrast, as far as they were measured."""
    known = {name: share for name, share in LIGHT.items() if name in reading.features}
    if not known:
        return None
    return sum(reading.features[name] * share for name, share in known.items()) / sum(known.values())


def motion_of(reading: ImageReading) -> float | None:
    """0..1: blur of movement or a busy picture, whichever is stronger; None when neither was measured."""
    return max((reading.features[name] for name in MOTION if name in reading.features), default=None)


def pace(tempo: float) -> float:
    """A tempo as 0..1: logarithmic from 60 to 180 beats a minute."""
    return min(max(math.log(max(tempo, 1.0) / SLOWEST) / math.log(FASTEST / SLOWEST), 0.0), 1.0)


@cache
def reference() -> dict[str, NDArray[np.float64]]:
    """``pairs`` (pairs, parts): the part values of random pairs; ``names``, ``usual`` and ``deviation`` (parts,): each
    part's mean and standard deviation. Made by ``train alignment``."""
    with np.load(REFERENCE_FILE) as stored:
        return {name: stored[name] for name in ("pairs", "names", "usual", "deviation")}


def percentile(values: Mapping[str, float]) -> float:
    """The share of random pairs, 0..1, whose weighted sum of these very parts lies below that of ``values``."""
    names = tuple(name for name in WEIGHTS if name in values)
    below = np.searchsorted(_sums(names), sum(WEIGHTS[name] * values[name] for name in names))
    return float(below) / len(_sums(names))


@cache
def _sums(names: tuple[str, ...]) -> NDArray[np.float64]:
    """The weighted sums of these parts over random pairs, rising. A pair's sum of fewer parts spreads more widely than
    that of all, so that each choice of parts is compared with its own."""
    columns = [list(WEIGHTS).index(name) for name in names]
    return np.sort(reference()["pairs"].astype(np.float64)[:, columns] @ [WEIGHTS[name] for name in names])


def forget_reference() -> None:
    """Read the table anew: it was made again."""
    reference.cache_clear()
    _sums.cache_clear()


def _near(one: float, other: float) -> float:
    return math.exp(-((one - other) ** 2) / (2 * AFFECT_SPREAD**2))


def _moods(labels: tuple[Label, ...], valence: float, arousal: float) -> Mapping[str, float]:
    """Mood scores as read, else by the point on the affect plane."""
    return {label.name: label.score for label in labels if label.kind == "mood"} or moods_near(valence, arousal)


def _chips(labels: tuple[Label, ...]) -> dict[str, float]:
    """Scores by ``kind:name``, of what the vocabulary has."""
    named = {f"{label.kind}:{label.name}": label.score for label in labels}
    return {chip: score for chip, score in named.items() if chip in vocabulary_vectors()}


def _meaning(moods: Mapping[str, float], chips: Mapping[str, float]) -> NDArray[np.float32]:
    """The vectors of moods and other chips in the sentence space, averaged by score; a unit vector."""
    known = vocabulary_vectors()
    told = {f"mood:{name}": score for name, score in moods.items() if f"mood:{name}" in known} | dict(chips)
    total = np.sum([score * known[chip] for chip, score in told.items()], axis=0)
    return np.asarray(total / (np.linalg.norm(total) or 1.0), dtype=np.float32)


def _reasons(pair: Pair, values: Mapping[str, float], beaten: float) -> tuple[str, ...]:
    """How rare the fit is, what fits, what clashes, and what would fit better; each from a part against its usual."""
    names = reference()["names"].tolist()
    usual = dict(zip(names, zip(reference()["usual"], reference()["deviation"], strict=True), strict=True))
    apart = {name: float((value - usual[name][0]) / usual[name][1]) for name, value in values.items()}
    words = _words(pair.reading, pair.audio) | _named(pair)
    ordered = sorted(apart, key=lambda name: -apart[name] * WEIGHTS[name])
    fitting = [name for name in ordered if apart[name] > CLEAR and (name != "theme" or words["theme"])]
    clashing = [name for name in reversed(ordered) if apart[name] < -CLEAR]
    told = [_(FITS[name]).format(**words) for name in fitting[:2]] + [
        _(CLASHES[name]).format(**words) for name in clashing[:2]
    ]
    rare = _("It fits better than {count} of 100 random pairs of a photo and a song.").format(count=round(100 * beaten))
    return (rare, *told, *([_better(pair, by_style="style" in clashing)] if clashing else []))


def _named(pair: Pair) -> dict[str, object]:
    """What is seen, the song's style, and what it is a song for: of its themes the one that the takes want most."""
    known = pair.known
    if known is None or not known.styles or not pair.takes:
        return {}
    wanted: Counter[str] = Counter()
    for take in pair.takes:
        wanted.update({name: take.chance * weight for name, weight in take.themes.items() if name in known.themes})
    style = called(known.styles[0])
    theme = _(occasions()[wanted.most_common(1)[0][0]].thing) if wanted else ""
    seen = next((occasions()[label.name].thing for label in pair.reading.concepts if label.name in occasions()), "")
    return {"style": style[0].upper() + style[1:], "theme": theme, "scene": _(seen) if seen else _("it")}


def _words(reading: ImageReading, audio: AudioReading) -> dict[str, object]:
    valence, arousal = rescale_to_rating_spread(reading)
    light, motion = light_of(reading) or 0.5, motion_of(reading) or 0.5
    shared = [_(label.name) for label in reading.moods[:2]] or [_("much alike")]
    return {
        "tone": _("bright") if valence >= 0.5 else _("dark"),
        "drive": _("lively") if arousal >= 0.5 else _("calm"),
        "moods": _(" and ").join(shared),
        "tempo": audio.tempo,
        "brighter": _("brighter") if audio.valence > valence else _("darker"),
        "livelier": _("livelier") if audio.arousal > arousal else _("calmer"),
        "stronger": _("stronger") if audio.energy > light else _("weaker"),
        "faster": _("faster") if audio.tempo > 0 and pace(audio.tempo) > motion else _("slower"),
    }


def _better(pair: Pair, *, by_style: bool) -> str:
    """What would fit better: what an editor would play first, else axis by axis."""
    if by_style:
        return _("More like it: {title}.").format(title=pair.takes[0].called)
    reading, audio = pair.reading, pair.audio
    valence, arousal = rescale_to_rating_spread(reading)
    wished = []
    if abs(audio.arousal - arousal) > APART:
        wished.append(_("calmer") if audio.arousal > arousal else _("livelier"))
    if abs(audio.valence - valence) > APART:
        wished.append(_("darker") if audio.valence > valence else _("brighter"))
    text = _("A song of another style would fit better")
    if wished:
        text = _("A {wished} song would fit better").format(wished=_(" and ").join(wished))
    motion = motion_of(reading)
    if motion is not None and audio.tempo > 0 and abs(motion - pace(audio.tempo)) > 2 * APART:
        tempo = round(SLOWEST * (FASTEST / SLOWEST) ** motion, -1)
        text += _(", at about {tempo} beats a minute").format(tempo=f"{tempo:.0f}")
    return f"{text}."
