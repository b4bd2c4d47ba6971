"""Hard limits in a sentence: tempo, years, vocals, clean lyrics, live takes, language, length, refused genres.

Works on text that ``agents.language.parser`` has tidied (lower case, plain quotes, single spaces).
"""

from __future__ import annotations

import re
from datetime import date

from agents.language.numbers import NUMBER, number
from agents.language.shapes import (
    ABOUT,
    BPM,
    DECADE,
    GENRE,
    LANGUAGES,
    LOWER,
    MINUTES,
    NOT,
    SONGS,
    THE,
    UPPER,
    VOCALS,
    YEAR,
)
from agents.language.styles import GENRE as STYLE
from agents.language.styles import asked_styles
from agents.language.years import read_years
from core.schemas import Limits

TEMPO_BAND = 0.05  # "around 120 bpm" allows five per cent either way
MOST_SONGS = 500
TONGUE = "|".join(LANGUAGES)
SAME_TONGUE = {"brazilian": "portuguese", "mandarin": "chinese", "cantonese": "chinese"}


def read_limits(text: str, today: date) -> Limits:
    """Only what was asked; an empty Limits when nothing was."""
    low, high = _tempo(text)
    years = read_years(text, today)
    return Limits(
        tempo_min=low,
        tempo_max=high,
        year_min=years.get("year_min"),
        year_max=years.get("year_max"),
        instrumental=_decided(text, WITH_VOCALS, WITHOUT_VOCALS),
        explicit=_decided(text, CLEAN, DIRTY_ONLY),
        live=_decided(text, STUDIO, LIVE),
        language=_language(text),
        genres=asked_styles(text),
        exclude_genres=excluded_genres(text),
        count=_count(text),
        minutes=_minutes(text),
    )


def _decided(text: str, no: re.Pattern[str], yes: re.Pattern[str]) -> bool | None:
    return False if no.search(text) else True if yes.search(text) else None


WITH_VOCALS = re.compile(
    r"\b(?:no|not|without|don'?t want(?: any)?)(?: more| just| only| all)? instrumentals?\b|"
    rf"\b(?:must|should|need to|has to|have to) have {VOCALS}|\bonly (?:songs )?with {VOCALS}|"
    rf"(?<!not )(?<!anything )(?<!nothing )(?<!songs )(?<!any )\bwith (?:actual )?{VOCALS}\b(?! that| like)"
)
WITHOUT_VOCALS = re.compile(
    rf"\b{NOT}{THE} {VOCALS}\b|\b(?:{VOCALS}|lyric|vocal)[ -](?:free|less)\b|\b(?:lyric|word)less\b|"
    r"\bnon[ -]?(?:lyrical|vocal)\b|\b(?:nobody|no one|no-one) singing|"
    r"\b(?:vocals?|lyrics|words|singing) (?:off|out|gone)\b|"
    r"(?<!more )(?<!less )(?<!fewer )(?<!bit )(?<!mostly )(?<!mainly )(?<!some )(?<!too )(?<!very )(?<!quite )"
    r"\binstrumentals?\b(?! (?:break|solo|section|part|bit|intro)s?\b)"
)
BAD_LANGUAGE = (
    r"(?:explicit|swear(?:ing|ords|s| words)?|curs(?:e|ing)(?: words)?|cuss(?:ing)?(?: words)?|profan\w+|bad language|"
    r"dirty (?:lyrics|words|language)|foul language|f-bombs?|vulgar\w*|nsfw|strong language|obscen\w+|f words?)"
)
CLEAN = re.compile(
    rf"\b(?:{NOT}|not too){THE} {BAD_LANGUAGE}|\b(?:keep it|make it|only|be|must be) clean\b|"
    r"\bclean (?:versions?|lyrics|songs?|music|tracks|only|edits?|language|rap|playlist|please|stuff)|"
    r"\b(?:kids?|family|child|children|work|office|radio|school|church)[ -](?:friendly|safe|appropriate)|"
    r"\bsafe for (?:work|kids|children)|\bradio edits?\b|\bpg(?:-?13)?\b|\bsfw\b|\bcensored\b"
)
DIRTY_ONLY = re.compile(
    r"\b(?:only|just|want|must be) (?:the )?explicit\b|\buncensored\b|"
    r"\bexplicit (?:versions?|only|songs?|tracks?|lyrics|rap)"
)
TAKES = (
    r"(?:versions?|recordings?|albums?|performances?|sessions?|tracks?|cuts?|takes?|songs?|music|sets?|stuff|"
    r"concerts?|shows?)"
)
STUDIO = re.compile(rf"\b{NOT}{THE} live(?: {TAKES})?\b|\bstudio {TAKES}(?: only)?|\bonly studio\b")
LIVE = re.compile(
    rf"\blive {TAKES}|\b(?:only|just) live\b|\brecorded live\b|\blive (?:at|from|in concert|only)\b|"
    r"\bconcert recordings?\b|\bplayed live\b"
)

BETWEEN_TEMPI = re.compile(
    rf"\b(\d{{2,3}}) ?(?:-|to|and) ?(\d{{2,3}}) ?{BPM}|"
    r"\b(?:tempo|bpm)(?: \w+)? (\d{2,3}) ?(?:-|to|and) ?(\d{2,3})\b"
)
TEMPO_UNDER = re.compile(
    rf"{UPPER} (\d{{2,3}}) ?{BPM}|\b(?:tempo|bpm) (?:is |of |stays? )?{UPPER} (\d{{2,3}})|"
    rf"\b(\d{{2,3}}) ?{BPM} (?:or|and) (?:less|slower|below|under)"
)
TEMPO_OVER = re.compile(
    rf"{LOWER} (\d{{2,3}}) ?{BPM}|\b(?:tempo|bpm) (?:is |of )?{LOWER} (\d{{2,3}})|\b(\d{{2,3}})\+ ?{BPM}|"
    rf"\b(\d{{2,3}}) ?{BPM} (?:or|and) (?:more|faster|above|over|up)"
)
TEMPO_AT = re.compile(
    rf"\b(\d{{2,3}}) ?{BPM}|\b(?:tempo|bpm) (?:of |is )?(?:{ABOUT} )?(\d{{2,3}})\b|"
    rf"^(?:make it |keep it |tempo )?{ABOUT} (\d{{2,3}})\b(?! ?(?:{SONGS}|{MINUTES}|hours?|%))"
)


_REFUSED = r"\b(?:nothing|none|never|not|no|avoid)(?: anything| songs?| tracks?| music)? "
REFUSED_ABOVE = re.compile(_REFUSED + r"(?:over|above|faster than|more than|higher than|beyond)\b")
REFUSED_BELOW = re.compile(_REFUSED + r"(?:under|below|slower than|less than|lower than)\b")


def _tempo(text: str) -> tuple[float | None, float | None]:
    text = REFUSED_BELOW.sub("at least", REFUSED_ABOVE.sub("at most", text))
    if match := BETWEEN_TEMPI.search(text):
        low, high = sorted(float(group) for group in match.groups() if group)
        return low, high
    if match := TEMPO_UNDER.search(text):
        return None, _first(match)
    if match := TEMPO_OVER.search(text):
        return _first(match), None
    if centre := tempo_centre(text):
        return round(centre * (1 - TEMPO_BAND)), round(centre * (1 + TEMPO_BAND))
    return None, None


def _first(match: re.Match[str]) -> float:
    return float(next(group for group in match.groups() if group))


def tempo_centre(text: str) -> float | None:
    """The tempo of "around 120 bpm" or "120 bpm", else None."""
    if any(pattern.search(text) for pattern in (BETWEEN_TEMPI, TEMPO_UNDER, TEMPO_OVER)):
        return None
    match = TEMPO_AT.search(text)
    value = _first(match) if match else 0.0
    return value if 30 <= value <= 260 else None


COUNTED = re.compile(
    rf"(?<![\w.])({NUMBER})(?: or so| more| other| different| great| good| new| best| random| \w+){{0,2}}? {SONGS}\b"
)
COUNT_ALONE = re.compile(
    rf"\b(?:top|just|only|give me|show me|limit (?:it|this|that)? ?to|make it) ({NUMBER})"
    rf"(?! ?(?:{BPM}|{MINUTES}|hours?|%|\d))\b(?! (?:bit|more|less|of))"
)
POINTING = re.compile(r"\b(?:first|last|those|these|the|other|my|next|track|song) $")


def _count(text: str) -> int | None:
    match = COUNTED.search(text) or COUNT_ALONE.search(text)
    if not match or POINTING.search(text[: match.start(1)]):  # "these two songs" are there already
        return None
    value = number(match[1])
    return value if 1 <= value <= MOST_SONGS else None


def _minutes(text: str) -> float | None:
    text = re.sub(rf"\b(?:longer|shorter|more|less) than {NUMBER} {MINUTES}", " ", text)  # a song's own length
    if match := re.search(r"\b(\d+) ?h(?:ours?|rs?)? ?(?:and )?(\d{1,2}) ?(?:m(?:in(?:ute)?s?)?)?\b", text):
        return float(int(match[1]) * 60 + int(match[2]))
    if re.search(r"\bhalf[ -](?:an )?hour\b", text):
        return 30.0
    if match := re.search(rf"\b(an|one|{NUMBER}) (?:hours?|hrs?) and a half|\b({NUMBER}) and a half hours?", text):
        return 30.0 + 60.0 * (1 if match[1] in {"an", "one"} else number(match[1] or match[2]))
    if re.search(r"\bcouple (?:of )?hours\b", text):
        return 120.0
    if match := re.search(rf"\b(\d+\.\d+|{NUMBER})[ -]?(?:hours?|hrs?|h)\b", text):
        return 60.0 * (float(match[1]) if "." in match[1] else number(match[1]))
    if match := re.search(rf"\b({NUMBER})[ -]?{MINUTES}\b(?! ?(?:songs?|tracks?|long songs))", text):
        return float(number(match[1]))
    return 60.0 if re.search(r"\ban[ -]hour\b(?! ago)", text) else None


IN_TONGUE = re.compile(
    rf"\b(?:in|sung in|speaking|only|just|must be|all|prefer|want) ({TONGUE})\b"
    rf"(?! (?:accent|artists?|bands?|guitar|horn))|"
    rf"\b({TONGUE})[ -](?:only|language|speaking|lyrics|vocals|singing|songs?|music|tracks?|tunes?|pop|rap|rock|"
    r"hip hop|ballads|versions?)"
)


def _language(text: str) -> str | None:
    match = IN_TONGUE.search(text)
    if not match or re.search(rf"\b{NOT}{THE} $", text[: match.start()]):
        return None
    tongue = match[1] or match[2]
    return SAME_TONGUE.get(tongue, tongue)


EXCLUDED = re.compile(
    rf"\b(?:{NOT}|not(?: a)? (?:big )?(?:fans? of|into)|enough(?: of)?|away from|instead of|rather than){THE} "
    rf"(?:\w+ )??({STYLE}(?:(?:,? (?:or|and|nor)(?: no)? |, (?:no |or |and )?|/){STYLE})*)\b"
    r"(?! (?:guitars?|beats?|drums?))"
)


def excluded_genres(text: str) -> tuple[str, ...]:
    """Genres that must not appear, as said: "no rap or metal", "move away from country"."""
    names: list[str] = []
    for match in EXCLUDED.finditer(text):
        if not re.search(r"\b(?:too|so|very|less|as|that)\b", match[0]):
            names += re.findall(rf"(?<!\w){STYLE}(?!\w)", match[1])
    return tuple(dict.fromkeys(names))


LIMITING = re.compile(
    rf"(?:\b(?:{UPPER}|{LOWER}|{ABOUT}) )?\b\d+ ?{BPM}|\b{NOT}{THE} {VOCALS}\b|"
    rf"(?:\b(?:early|mid|late)[ -])?(?<!\w){DECADE}(?!\w)|"
    rf"\b{YEAR}\b|\b{NUMBER} {SONGS}\b|\b{NUMBER}[ -]?(?:{MINUTES}|hours?)\b|\binstrumentals?\b|\b{NOT}{THE} {GENRE}\b"
)


def without_limits(text: str) -> str:
    """The text without its plainest limits, which say nothing of a mood; all of it when nothing else is there."""
    rest = re.sub(r"\s+([,.])", r"\1", re.sub(r"\s+", " ", LIMITING.sub(" ", text))).strip(" ,.")
    return rest if re.search(r"[a-z]{3}", rest) else text
