"""One true sentence a track, made from the part that really raised its match, and the test that it is true.

The cause is what lifted the track furthest above its rivals: weight times (value less the rivals' mean).
``deletion_test`` takes it away again: the track's score must fall or its rank worsen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later
from numpy.typing import NDArray

from core.schemas import Label, MusicBrief
from core.wording import Wording, headed
from recommender.library.matching.name_search import words_of
from recommender.perception.vocabulary import MOODS
from recommender.ranking import scoring
from recommender.ranking.features import Pool
from recommender.ranking.friendly import Phrases
from recommender.ranking.scoring import Scores, Taste

KEYS = ("C", "C sharp", "D", "E flat", "E", "F", "F sharp", "G", "A flat", "A", "B flat", "B")
LEAST_GAIN = 0.002
ABOUT_AS_MUCH = 0.6
SCORE_CHANGE = 0.0005
"""Of 0..1: a twentieth of a point of the shown score."""

SOUNDS = {
    "energy": (later("its low energy"), later("its moderate energy"), later("its high energy")),
    "danceability": (later("its free, undanced flow"), later("its gentle groove"), later("its easy groove")),
    "acousticness": (later("its electric sound"), later("its half acoustic sound"), later("its acoustic sound")),
    "instrumentalness": (later("its singing"), later("its sparse singing"), later("its playing without vocals")),
    "speechiness": (later("its few words"), later("its passing words"), later("its spoken words")),
    "liveness": (later("its studio sound"), later("its open sound"), later("its live sound")),
    "loudness": (later("its quiet level"), later("its middling level"), later("its loud level")),
    "valence": (later("its dark tone"), later("its even tone"), later("its bright tone")),
    "familiarity": (later("its being little known"), later("its being fairly known"), later("its being well known")),
}
"""What a low, a middling and a high value sound like."""
MIDDLE = {"loudness": (-13.0, -8.0), "speechiness": (0.1, 0.33)}
MIDDLE_UNIT = (0.4, 0.6)
"""Between these a value is neither low nor high."""


@dataclass(frozen=True)
class Cause:
    """What raised a track: ``name`` is a part, or ``sound:FEATURE``; ``gain`` in 0..1 of the whole match."""

    name: str
    gain: float


def reasons(
    pool: Pool, scores: Scores, brief: MusicBrief, rows: Sequence[int], taste: Taste | None = None
) -> list[tuple[str, Wording | None]]:
    """A sentence for each of these rows, with what it is made from where that is known words alone. Where
    several causes lifted a track about as much, the list takes turns."""
    said: Counter[str] = Counter()
    phrases = Phrases(brief)
    told: list[tuple[str, Wording | None]] = []
    for row, causes in zip(rows, _causes(scores, rows), strict=True):
        cause = min(_citable(causes), key=lambda one: said[one.name], default=None)
        if cause:
            said[cause.name] += 1
        friendly = phrases.reason(pool, row, cause.name if cause else "style")
        personal = cause is not None and cause.name in ("taste", "familiarity", "names", "likeness")
        if friendly is None or personal or _was_asked(cause, brief):
            told.append((reason(pool, row, cause, brief, taste) + _unknown(scores, row), None))
        else:
            told.append((headed(str(friendly)), friendly))
    return told


def _was_asked(cause: Cause | None, brief: MusicBrief) -> bool:
    """Whether the cause answers something the person said: then that is the reason."""
    part, _, feature = cause.name.partition(":") if cause else ("", "", "")
    if part == "sound":
        return brief.features.get(feature, (0.0, 0.0))[1] >= scoring.ASKED_FROM
    labels = brief.genres if part == "genre" else brief.instruments if part == "instruments" else ()
    return any(abs(label.score) >= scoring.ASKED_FROM for label in labels)


def _citable(causes: Sequence[Cause]) -> list[Cause]:
    return [cause for cause in causes if cause.gain >= ABOUT_AS_MUCH * causes[0].gain]


def reason(pool: Pool, row: int, cause: Cause | None, brief: MusicBrief, taste: Taste | None = None) -> str:
    """One sentence naming the cause and the seen or said thing behind it. The same input gives the same sentence."""
    if cause is None:
        return _("The nearest that was left: {facts}.").format(
            facts=facts(pool, row) or _("little is known of its sound")
        )
    part, _colon, feature = cause.name.partition(":")
    heard = facts(pool, row)
    tail = f": {heard}." if heard else "."
    if part == "affect":
        seen = _seen(brief, "affect")
        forms = AFFECT_SAID if seen.startswith("“") else AFFECT
        moment = f", {said}" if (said := brief.sources.get("moment")) else ""
        return _(_varied(pool, row, forms)).format(how=_character(pool, row), seen=seen) + moment + tail
    if part == "mood":
        name = _shared_mood(pool, row, scoring.on(brief.moods, brief))
        asked = brief.sources.get(f"mood:{name}")
        seen = _("as you asked with {words}") if asked else _("like {seen}")
        seen = seen.format(words=asked, seen=_seen(brief, "mood"))
        if name:
            return _("It sounds {mood}, {seen}").format(mood=_(name), seen=seen) + tail
        return _("Its mood is near {seen}").format(seen=_seen(brief, "mood")) + tail
    if part == "semantic":
        told = _("Its title and style come close in meaning to {seen}")
        return told.format(seen=_seen(brief, "semantic")) + tail
    if part == "bridge":
        return _("People's ratings place songs like it near {seen}").format(seen=_seen(brief, "affect")) + tail
    if part in ("genre", "instruments"):
        return _style(pool, row, part, brief) + tail
    if part == "sound":
        return _sound(pool, row, feature, brief)
    if part == "names":
        return _naming(pool, row, brief) + tail
    if part == "likeness":
        return _("Like the tracks you pointed at, in its artist or in what it is about") + tail
    if part == "familiarity" and taste and taste.familiar:
        return f"{taste.familiar.because(pool, row)}{tail}"
    clause = taste.because(pool, row) if taste else ""
    return (clause or _("It is close to what you usually like")) + tail


AFFECT = (
    later("{how} like {seen}"),
    later("{how}, close to {seen}"),
    later("{how}: it feels near {seen}"),
)
AFFECT_SAID = (
    later("{how}, close to where {seen} leads"),
    later("{how}: near the mood that {seen} asks for"),
    later("{how}, in the direction of {seen}"),
)
"""Words may only point a way ("something calmer"): nothing is like them."""


TEMPO = (
    later("Its tempo of {tempo} beats a minute {match}."),
    later("At {tempo} beats a minute its pace {match}."),
    later("{tempo} beats a minute: a pace that {match}."),
)


def key_name(key: int, mode: float) -> str:
    """Such as "A minor"."""
    return (_("{key} major") if mode else _("{key} minor")).format(key=_(KEYS[key]))


def facts(pool: Pool, row: int) -> str:
    """Tempo and key of a track; only what is known."""
    return tempo_and_key(*(pool.columns[name][row] for name in ("tempo", "key", "mode")))


def tempo_and_key(tempo: float, key: float, mode: float) -> str:
    """Such as "72 bpm, A minor". What is not known is NaN, a key also -1."""
    told = []
    if np.isfinite(tempo):
        told.append(f"{tempo:.0f} bpm")
    if np.isfinite(key) and key >= 0 and np.isfinite(mode):
        told.append(key_name(int(key), mode))
    return ", ".join(told)


def deletion_test(pool: Pool, brief: MusicBrief, rows: Sequence[int]) -> list[bool]:
    """For every cause that may be cited for these rows: once it is taken away, does the track's score fall or its rank
    in the pool worsen?"""
    scores = scoring.score(pool, brief)
    held = []
    for row, causes in zip(rows, _causes(scores, rows), strict=True):
        for cause in _citable(causes):
            less = scoring.score(pool, brief, without=cause.name)
            falls = less.total[row] < scores.total[row] - SCORE_CHANGE
            worse = (less.total > less.total[row]).sum() > (scores.total > scores.total[row]).sum()
            held.append(bool(falls or worse))
    return held


def _causes(scores: Scores, rows: Sequence[int]) -> list[list[Cause]]:
    """For each row what lifted it above its rivals, strongest first; where nothing did, above the whole pool."""
    return [
        _lifting(scores, row, scores.rivals()) or _lifting(scores, row, np.arange(len(scores.total))) for row in rows
    ]


def _lifting(scores: Scores, row: int, rivals: NDArray[np.intp]) -> list[Cause]:
    gains = scores.gains(rivals)[row]
    options = [Cause(name, float(gains[place])) for place, name in enumerate(scores.names) if name != "sound"]
    if "sound" in scores.names:
        options += _sound_causes(scores, row, rivals)
    lifted = [cause for cause in options if cause.gain >= LEAST_GAIN]
    return sorted(lifted, key=lambda cause: -cause.gain)


def _sound_causes(scores: Scores, row: int, rivals: NDArray[np.intp]) -> list[Cause]:
    """The part ``sound`` by feature: each feature's share of the part's weight times its lead over the rivals."""
    weight = float(scores.weights[row, scores.names.index("sound")])
    known = {name: told for name, told in scores.sound.items() if np.isfinite(told[0][row])}
    total = sum(share for _, share in known.values()) or 1.0
    return [
        Cause(f"sound:{name}", weight * share / total * (float(values[row]) - scoring.mean_known(values[rivals])))
        for name, (values, share) in known.items()
    ]


def _seen(brief: MusicBrief, target: str) -> str:
    return brief.sources.get(target) or brief.sources.get("affect") or _("the mood you chose")


def _varied(pool: Pool, row: int, forms: Sequence[str]) -> str:
    return forms[int(pool.ids[row]) % len(forms)]


CHARACTERS = {
    ("Lively", "bright"): later("Lively and bright"),
    ("Lively", "dark"): later("Lively and dark"),
    ("Lively", "mellow"): later("Lively and mellow"),
    ("Lively", "even-tempered"): later("Lively and even-tempered"),
    ("Calm", "bright"): later("Calm and bright"),
    ("Calm", "dark"): later("Calm and dark"),
    ("Calm", "mellow"): later("Calm and mellow"),
    ("Calm", "even-tempered"): later("Calm and even-tempered"),
    ("Moderate", "bright"): later("Moderate and bright"),
    ("Moderate", "dark"): later("Moderate and dark"),
    ("Moderate", "mellow"): later("Moderate and mellow"),
    ("Moderate", "even-tempered"): later("Moderate and even-tempered"),
}


def _character(pool: Pool, row: int) -> str:
    """The track's place on the affect plane in two words, such as "Calm and bright"."""
    valence, arousal = pool.columns["valence"][row], pool.columns["arousal"][row]
    tone = "bright" if valence >= 0.6 else "dark" if valence <= 0.4 else "mellow" if arousal < 0.5 else "even-tempered"
    drive = "Lively" if arousal >= 0.6 else "Calm" if arousal <= 0.4 else "Moderate"
    return _(CHARACTERS[drive, tone])


def _shared_mood(pool: Pool, row: int, wanted: Sequence[Label]) -> str:
    """The wished mood this track has most of, else its own strongest that lies near one."""
    has = pool.moods[row]
    shared = {label.name: label.score * has.get(label.name, 0.0) for label in wanted if label.score > 0}
    if shared and max(shared.values()) > 0:
        return max(shared, key=shared.__getitem__)
    own = [name for name in has if name in MOODS]
    return max(own, key=has.__getitem__, default="")


def _style(pool: Pool, row: int, part: str, brief: MusicBrief) -> str:
    has = (pool.genres if part == "genre" else pool.instruments)[row]
    labels = scoring.on(brief.genres if part == "genre" else brief.instruments, brief)
    liked = [label for label in labels if label.score > 0 and has.get(label.name)]
    if not liked:
        shunned = next((label for label in labels if label.score < 0), None)
        return _("Free of {style}, as you asked").format(style=_(shunned.name)) if shunned else _("Its style fits")
    best = max(liked, key=lambda label: label.score * has[label.name])
    name = {"hiphop": "hip-hop", "rnb": "R&B", "lofi": "lo-fi"}.get(best.name, best.name)
    name = name[0].upper() + name[1:]
    if best.score >= scoring.ASKED_FROM:
        return _("{style}, as you asked").format(style=name)
    told = _("{style}, which goes with {thing} in your picture")
    return told.format(style=name, thing=_(best.source or "the scene"))


def _naming(pool: Pool, row: int, brief: MusicBrief) -> str:
    """Which name of the words this track answers: the one that shares most of its words."""
    facts = pool.facts[row]

    def shared(name: Label) -> tuple[int, bool]:
        words = set(words_of(name.name))
        return max(len(words & set(words_of(told))) for told in (facts.artist, facts.title)), name.kind == "artist"

    best = max(brief.names, key=shared, default=None)
    if best is None:
        return _("It is what you named")
    by_artist = set(words_of(best.name)) & set(words_of(facts.artist))
    told = _("By {artist}, as you asked with {words}") if by_artist else _("You named it: {words}")
    return told.format(artist=facts.artist, words=best.source)


def _sound(pool: Pool, row: int, feature: str, brief: MusicBrief) -> str:
    value = pool.columns[feature][row]
    source = _seen(brief, feature)
    match = (_("answers your {source}") if source.startswith("“") else _("goes with {source}")).format(source=source)
    if feature == "tempo":
        return _(_varied(pool, row, TEMPO)).format(tempo=f"{value:.0f}", match=match)
    heard = facts(pool, row)
    if feature == "mode":
        told = _("Its major key {match}: {facts}.") if value else _("Its minor key {match}: {facts}.")
        return told.format(match=match, facts=heard)
    low, high = MIDDLE.get(feature, MIDDLE_UNIT)
    quality = _(SOUNDS.get(feature, (f"its {feature}",) * 3)[int(value >= low) + int(value >= high)])
    return f"{quality[0].upper()}{quality[1:]} {match}" + (f": {heard}." if heard else ".")


def _unknown(scores: Scores, row: int) -> str:
    return " " + _("(Little is known of its sound.)") if scores.known[row] < 0.5 else ""
