"""One record of a table to one track, or the reason why not."""

from __future__ import annotations

import ast
import hashlib
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from recommender.library.genres import genres_of
from recommender.library.importers.tables.columns import recognised
from recommender.perception.vocabulary import MOODS

TEXT_LIMIT = 300
GENRE_LIMIT = 120
FIELD_LIMIT = 5_000
OLDEST_YEAR = 1860
LIVE_LIVENESS = 0.8
"""Spotify: "a value above 0.8 provides strong likelihood that the track is live"."""

UNIT_FEATURES = (
    "valence",
    "energy",
    "danceability",
    "acousticness",
    "instrumentalness",
    "speechiness",
    "liveness",
)
MISSING = frozenset(("", "nan", "none", "null", "na", "n/a", "-", "?"))
PITCHES = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11, "h": 11}
MODES = {"1": 1, "1.0": 1, "major": 1, "maj": 1, "0": 0, "0.0": 0, "minor": 0, "min": 0}
ANSWERS = {"1": True, "1.0": True, "true": True, "yes": True, "explicit": True, "t": True, "y": True}
DENIALS = frozenset(("0", "0.0", "false", "no", "clean", "f", "n", "notexplicit"))

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_SPOTIFY_ID = re.compile(
    r"(?:spotify:track:|https?://open\.spotify\.com/(?:[\w-]+/)?track/)?([0-9A-Za-z]{22})(?:\?.*)?"
)
_YEAR = re.compile(r"(?<!\d)(1[89]\d\d|20\d\d)(?!\d)")
_LIVE = re.compile(r"[(\[][^)\]]*\blive\b[^)\]]*[)\]]|[-–] live\b|\blive (?:at|from|in) [A-Z]", re.IGNORECASE)
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z]{2,4})?")
_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}\d{7}")
_MOODS = {word: term.name for term in MOODS.values() for word in (term.name, *term.synonyms)}


class BadRow(ValueError):
    """A record that is left out: ``code`` and, as text, the plain reason."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code


@dataclass(slots=True)
class TableRow:
    """One track of a table. Features in Spotify's ranges, None for unknown; ``duration`` seconds, 0 for unknown;
    ``popularity`` 0..1; ``moods``: what the table itself calls it; ``arousal``: 0..1 where
    somebody judged it, else it is reckoned from the features."""

    line: int
    service: str
    external_id: str
    url: str
    title: str
    artist: str
    album: str
    genre: str
    genres: dict[str, float]
    moods: tuple[str, ...]
    year: int | None
    duration: float
    isrc: str
    explicit: bool | None
    live: bool | None
    language: str
    popularity: float | None
    features: dict[str, float | None]
    key: int | None
    mode: int | None
    time_signature: int | None
    arousal: float | None = None


class RowReader:
    """Reads the records of one table, by its header. Columns named with a % hold 0..100 in place of 0..1."""

    def __init__(self, header: Sequence[str]) -> None:
        self.width = len(header)
        self._places = recognised(list(header))
        self._percent = frozenset(field for field, place in self._places.items() if "%" in header[place])

    def read(self, line: int, record: Sequence[str]) -> TableRow:
        """The track in ``record``. Raises ``BadRow``."""
        if len(record) != self.width:
            raise BadRow("wrong_columns", f"{len(record)} columns where the header has {self.width}")
        get = {field: record[place].strip() for field, place in self._places.items()}
        title, artist = _text(get, "title"), _artists(_text(get, "artist"))
        if not title:
            raise BadRow("no_title", "the title is empty")
        features = self._features(get)
        key, mode = _key_and_mode(get.get("key", ""), get.get("mode", ""))
        duration, genre = _duration(get), _genre(get)
        service, external_id, url = _identity(get.get("id", ""), title, artist, duration)
        return TableRow(
            line=line,
            service=service,
            external_id=external_id,
            url=url,
            title=title,
            artist=artist,
            album=_text(get, "album"),
            genre=genre[:GENRE_LIMIT],
            genres=genres_of(genre),
            moods=_moods(get.get("mood", "")),
            year=_year(get.get("date", ""), get.get("decade", "")),
            duration=duration,
            isrc=isrc if _ISRC.fullmatch(isrc := get.get("isrc", "").upper().replace("-", "")) else "",
            explicit=_answer(get.get("explicit", "")),
            live=is_live(title, features["liveness"]),
            language=tongue if _LANGUAGE.fullmatch(tongue := get.get("language", "").casefold()) else "",
            popularity=_popularity(get.get("popularity", "")),
            features=features,
            key=key,
            mode=mode,
            time_signature=_time_signature(get.get("time_signature", "")),
        )

    def _features(self, get: dict[str, str]) -> dict[str, float | None]:
        features: dict[str, float | None] = {}
        for name in UNIT_FEATURES:
            value = number(name, get.get(name, ""))
            if value is not None:
                value = value / 100 if name in self._percent else value
                if not 0.0 <= value <= 1.0:
                    raise BadRow("out_of_range", f"{name} {value:g} is not between 0 and 1")
            features[name] = value
        for name in ("valence", "energy"):
            if features[name] is None:
                raise BadRow("no_mood", f"{name} is empty")
        tempo = _between("tempo", get.get("tempo", ""), 0.0, 400.0)
        features["tempo"] = tempo or None  # 0 is how Spotify writes "no beat found"
        features["loudness"] = _between("loudness", get.get("loudness", ""), -100.0, 20.0)
        return features


def number(name: str, text: str) -> float | None:
    """The number in ``text``, None when it is missing. Raises ``BadRow``."""
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        if text.casefold() in MISSING:
            return None
        try:
            value = float(text.replace(",", "."))
        except ValueError:
            raise BadRow("not_a_number", f"{name} {text[:30]!r} is not a number") from None
    if math.isnan(value):
        return None
    if math.isinf(value):
        raise BadRow("not_a_number", f"{name} {text[:30]!r} is not a number")
    return value


def _between(name: str, text: str, low: float, high: float) -> float | None:
    value = number(name, text)
    if value is not None and not low <= value <= high:
        raise BadRow("out_of_range", f"{name} {value:g} is not between {low:g} and {high:g}")
    return value


def _text(get: dict[str, str], field: str) -> str:
    text = get.get(field, "")
    if len(text) > FIELD_LIMIT:
        raise BadRow("field_too_long", f"{field} has {len(text)} characters")
    if _CONTROL.search(text):
        raise BadRow("control_characters", f"{field} holds characters that are no text")
    return "" if text in {"nan", "NaN"} else text[:TEXT_LIMIT]


def _artists(text: str) -> str:
    """``A, B`` from ``['A', 'B']`` and from ``A;B``; anything else as it is."""
    names: object = text.split(";")
    if text.startswith("[") and text.endswith("]"):
        try:
            names = ast.literal_eval(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            names = [text.strip("[]'\" ")]
    listed = names if isinstance(names, list) else [names]
    joined = ", ".join(str(name).strip() for name in listed)
    return _CONTROL.sub("", joined)[:TEXT_LIMIT]  # a list's escapes may spell what a plain text may not hold


def _genre(get: dict[str, str]) -> str:
    names = [_text(get, field).strip("[]").replace("'", "").replace('"', "").strip() for field in ("genre", "subgenre")]
    return ", ".join(dict.fromkeys(name for name in names if name and name.casefold() not in MISSING))


def _moods(text: str) -> tuple[str, ...]:
    return tuple(_MOODS[word] for word in re.split(r"[,;/]\s*", text.casefold()) if word in _MOODS)


def _identity(text: str, title: str, artist: str, duration: float) -> tuple[str, str, str]:
    """(service, id there, address). A row numbers of a table's own mean nothing elsewhere: without a Spotify id, a
    track is known by its title, artist and whole seconds."""
    if match := _SPOTIFY_ID.fullmatch(text):
        return "spotify", match[1], f"https://open.spotify.com/track/{match[1]}"
    known = f"{title.casefold()}\n{artist.casefold()}\n{round(duration)}"
    return "table", hashlib.sha1(known.encode(), usedforsecurity=False).hexdigest(), ""


def _year(text: str, decade: str) -> int | None:
    """The first year in a date; where a table only gives a decade, the middle of it (right to within five years)."""
    if match := _YEAR.search(text):
        year = int(match[1])
        return year if OLDEST_YEAR <= year <= date.today().year + 1 else None
    digits = decade.removesuffix(".0").removesuffix("s").strip("'")
    if not digits.isascii() or not digits.isdigit() or len(digits) not in {2, 4}:
        return None
    start = int(digits) // 10 * 10
    if len(digits) == 2:
        start += 1900 if start >= 30 else 2000
    return start + 5 if OLDEST_YEAR <= start <= date.today().year else None


def _duration(get: dict[str, str]) -> float:
    """Seconds; 0 when unknown. A plain ``duration`` is minutes:seconds, milliseconds (above 10,000) or seconds."""
    plain = get.get("duration", "")
    if re.fullmatch(r"(\d+:)?\d{1,3}:\d{2}", plain):
        seconds = 0.0
        for part in plain.split(":"):
            seconds = seconds * 60 + int(part)
    elif (value := number("duration", get.get("duration_ms", ""))) is not None:
        seconds = value / 1000
    elif (value := number("duration", get.get("duration_s", ""))) is not None:
        seconds = value
    elif (value := number("duration", get.get("duration_min", ""))) is not None:
        seconds = value * 60
    else:
        value = number("duration", plain) or 0.0
        seconds = value / 1000 if value > 10_000 else value
    if not 0.0 <= seconds <= 86_400.0:
        raise BadRow("out_of_range", f"duration {seconds:g} s is not between 0 and 24 hours")
    return round(seconds, 3)


def _popularity(text: str) -> float | None:
    value = _between("popularity", text, 0.0, 100.0)
    return None if value is None else value / 100


def _key_and_mode(key: str, mode: str) -> tuple[int | None, int | None]:
    """Key 0..11 (-1 unknown) from a number or a name ("F#", "Db minor", "Am"); mode from 1/0 or Major/Minor."""
    chosen = MODES.get(mode.casefold())
    if chosen is None and mode.casefold() not in MISSING:
        raise BadRow("out_of_range", f"mode {mode[:20]!r} is neither major nor minor")
    match = re.fullmatch(r"([a-h])\s*([#♯b♭]?)(?:/\w[#♯b♭]?)?\s*(maj\w*|min\w*|m)?", key.casefold())
    if match:
        pitch = (PITCHES[match[1]] + {"": 0, "#": 1, "♯": 1}.get(match[2], -1)) % 12
        if chosen is None and match[3]:
            chosen = int(match[3].startswith("maj"))
        return pitch, chosen
    value = _between("key", key, -1.0, 11.0)
    return (None if value is None else round(value)), chosen


def _time_signature(text: str) -> int | None:
    value = number("time_signature", text.split("/", maxsplit=1)[0])
    return round(value) if value is not None and 1 <= value <= 16 else None


def _answer(text: str) -> bool | None:
    word = text.casefold().replace(" ", "")
    return False if word in DENIALS else ANSWERS.get(word)


def is_live(title: str, liveness: float | None) -> bool | None:
    """From the title's own words ("(Live at ...)", "- Live"), else from liveness; None when neither is there."""
    if _LIVE.search(title):
        return True
    return None if liveness is None else liveness > LIVE_LIVENESS
