"""Hard limits in a sentence: tempo, years, vocals, clean lyrics, live takes, language, length.

Works on text that ``agents.dialogue`` has tidied (lower case, plain quotes, single spaces).
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from recommender.perception.vocabulary import GENRES
from recommender.values import Limits

from .numbers import DECADES, NUMBER, decade_start, number

NOT = (
    r"(?:no(?: more)?|not(?: any)?|without(?: any)?|don'?t (?:\w+ )?(?:want|need|like|have|play|include|care for)(?: any| to hear)?"
    r"|avoid|minus|never|nothing(?: with)?|free of|lose|drop|ditch|skip|remove|cut|leave out|get rid of|zero|hate|exclude|sans"
    r"|keep out|anything but|everything but|less of|except|stop the|isn'?t|aren'?t|can'?t stand|tired of|sick of)"
)
THE = r"(?: (?:the|all|those|these|that|of|any|more|some|so|much|too|many|having|with|me|a|an))*"
VOCALS = r"(?:vocals?|lyrics?|sing(?:ing|ers?)|voices?|words|vocalists?)"
UPPER = r"(?:under|below|less than|slower than|max(?:imum)?(?: of)?|at most|up to|no more than|no faster than|not above|not over|<=?)"
LOWER = r"(?:over|above|more than|faster than|min(?:imum)?(?: of)?|at least|from|no slower than|no less than|not under|>=?)"
ABOUT = r"(?:around|about|roughly|approximately|approx|circa|near|close to|~)"
BPM = r"(?:bpm|b\.p\.m\.?|beats (?:per|a) minute)"
YEAR = r"(?:19[2-9]\d|20[0-4]\d)"
DECADE = rf"(?:'?\d0'?s|(?:19|20)\d0'?s|{'|'.join(DECADES)})"
SONGS = r"(?:songs?|tracks?|tunes?|titles?|pieces?|numbers?|jams?|bangers?|hits?|picks?|recommendations?|suggestions?)"
MINUTES = r"(?:min(?:ute)?s?|mins)"
TEMPO_BAND = 0.05  # "around 120 bpm" allows five per cent either way

LANGUAGES = (
    "english spanish french german italian portuguese brazilian japanese korean chinese mandarin cantonese hindi arabic "
    "turkish greek russian polish dutch swedish norwegian danish finnish icelandic hebrew punjabi tamil telugu urdu "
    "swahili yoruba thai vietnamese indonesian tagalog ukrainian czech hungarian romanian welsh irish catalan persian"
).split()
PLACES = {"brazilian": "portuguese", "mandarin": "chinese", "cantonese": "chinese"}


def read_limits(text: str, today: date) -> Limits:
    """Only what was asked; an empty Limits when nothing was."""
    return Limits(
        **_tempo(text),
        **_years(text, today),
        **_length(text),
        instrumental=_instrumental(text),
        explicit=_explicit(text),
        live=_live(text),
        language=_language(text),
        exclude_genres=excluded_genres(text),
    )


def _tempo(text: str) -> dict[str, float]:
    if match := re.search(rf"\b(\d{{2,3}}) ?(?:-|to|and|–) ?(\d{{2,3}}) ?{BPM}", text):
        low, high = sorted((float(match[1]), float(match[2])))
        return {"tempo_min": low, "tempo_max": high}
    if match := re.search(rf"(?:{UPPER}) (\d{{2,3}}) ?(?:{BPM})|\b(?:tempo|bpm) (?:is |of |stays? )?{UPPER} (\d{{2,3}})", text):
        return {"tempo_max": float(match[1] or match[2])}
    if match := re.search(rf"(?:{LOWER}) (\d{{2,3}}) ?{BPM}|\b(?:tempo|bpm) (?:is |of )?{LOWER} (\d{{2,3}})", text):
        return {"tempo_min": float(match[1] or match[2])}
    if match := re.search(rf"\b(\d{{2,3}})\+ ?{BPM}|\b(\d{{2,3}}) ?{BPM} (?:or|and) (?:more|faster|above|over|up)", text):
        return {"tempo_min": float(match[1] or match[2])}
    if match := re.search(rf"\b(\d{{2,3}}) ?{BPM} (?:or|and) (?:less|slower|below|under)", text):
        return {"tempo_max": float(match[1])}
    if centre := tempo_centre(text):
        return {"tempo_min": round(centre * (1 - TEMPO_BAND)), "tempo_max": round(centre * (1 + TEMPO_BAND))}
    return {}


def tempo_centre(text: str) -> float | None:
    """The tempo of "around 120 bpm" or "120 bpm", else None."""
    if re.search(rf"(?:{UPPER}|{LOWER}|\d ?(?:-|to|and|–)) ?\d{{2,3}} ?{BPM}|\d\+? ?{BPM} (?:or|and) ", text):
        return None
    match = re.search(rf"\b(\d{{2,3}}) ?{BPM}|\b(?:tempo|bpm) (?:of |is )?(?:{ABOUT} )?(\d{{2,3}})\b", text)
    match = match or re.search(rf"^(?:make it |keep it |tempo )?{ABOUT} (\d{{2,3}})(?! ?(?:{SONGS}|{MINUTES}|hours?|\d|%))()\b", text)
    value = float(match[1] or match[2]) if match else 0.0
    return value if 30 <= value <= 260 else None


def _years(text: str, today: date) -> dict[str, int]:
    rules = (
        (rf"\b(?:nothing|none|not|no \w+|no \w+ \w+|never)(?: from| released)? (?:before|older than|earlier than|pre)[ -](?:the )?({DECADE}|{YEAR})(?!\w)", lambda m: (_start(m[1], today), None)),
        (rf"\b(?:nothing|none|not|no \w+|no \w+ \w+|never)(?: from| released)? (?:after|newer than|later than|past|post|beyond)[ -](?:the )?({DECADE}|{YEAR})(?!\w)", lambda m: (None, _end(m[1], today))),
        (rf"\b({YEAR}) ?(?:-|to|through|until|till|and|–) ?({YEAR})\b", lambda m: (int(m[1]), int(m[2]))),
        (rf"\b({DECADE}) ?(?:-|to|through|until|and|or|&|–) ?(?:the )?(?:\w+ )?({DECADE})(?!\w)", lambda m: _decades(m[1], m[2], today)),
        (rf"\b(?:before|pre|older than|earlier than|prior to)[ -](?:the )?({DECADE}|{YEAR})(?!\w)", lambda m: (None, _start(m[1], today) - 1)),
        (rf"\b(?:until|till|up to|no later than|not after) (?:the )?({DECADE}|{YEAR})(?!\w)", lambda m: (None, _end(m[1], today))),
        (rf"\b(?:after|post|newer than|later than|more recent than)[ -](?:the )?({DECADE}|{YEAR})(?!\w)", lambda m: (_end(m[1], today) + 1, None)),
        (rf"\b(?:since|from|starting (?:in|from)|no earlier than|not before|nothing before|nothing older than) (?:the )?({YEAR})(?: on(?:wards?)?)?(?!\w)",
         lambda m: (int(m[1]), None if not re.match(r"from", m[0]) or re.search(r"on(?:wards?)?$", m[0]) else int(m[1]))),
        (rf"\b({YEAR})(?:s)? (?:onwards?|upwards?|and (?:later|newer|up|after|on)|or (?:later|newer))", lambda m: (int(m[1]), None)),
        (rf"\b({YEAR}) (?:and|or) (?:earlier|older|before)", lambda m: (None, int(m[1]))),
        (r"\b(?:the )?(?:last|past) (\d+|two|three|four|five|ten|couple of|few) years", lambda m: (today.year - _span(m[1]), None)),
        (r"\bthis decade|\bcurrent decade", lambda m: (today.year // 10 * 10, None)),
        (r"\b(?:last|previous|past) decade", lambda m: (today.year // 10 * 10 - 10, today.year // 10 * 10 - 1)),
        (r"\bthis century", lambda m: (today.year // 100 * 100, None)),
        (r"\b(?:last|the 20th|twentieth) century", lambda m: (today.year // 100 * 100 - 100, today.year // 100 * 100 - 1)),
        (r"\bthis year(?:'s)?\b", lambda m: (today.year, today.year)),
        (r"\blast year(?:'s)?\b", lambda m: (today.year - 1, today.year - 1)),
        (rf"(?<![\w.])(early|mid|late)?[ -]?({DECADE})(?!\w)", lambda m: _part(m[1], _start(m[2], today))),
        (rf"\b(?:in|of|year) ({YEAR})\b|^({YEAR})$|\b({YEAR}) {SONGS}", lambda m: (int(m[1] or m[2] or m[3]),) * 2),
        (r"\b(?:recent|latest|brand new|newly released|new releases?|current|contemporary|newest)\b(?!ly (?:been|watched|got|found|saw))",
         lambda m: (today.year - 5, None)),
    )  # fmt: skip
    for pattern, years in rules:
        if match := re.search(pattern, text):
            if re.search(rf"\b{NOT}{THE} $", text[: match.start()]):
                return {}
            low, high = years(match)
            return {key: year for key, year in (("year_min", low), ("year_max", high)) if year is not None}
    return {}


def _span(text: str) -> int:
    return {"couple of": 2, "few": 3}.get(text) or number(text)


def _start(text: str, today: date) -> int:
    return int(text) if re.fullmatch(YEAR, text) else decade_start(text, today)


def _end(text: str, today: date) -> int:
    return int(text) if re.fullmatch(YEAR, text) else decade_start(text, today) + 9


def _decades(first: str, second: str, today: date) -> tuple[int, int]:
    low, high = sorted((decade_start(first, today), decade_start(second, today)))
    return low, high + 9


def _part(part: str | None, start: int) -> tuple[int, int]:
    low, high = {"early": (0, 3), "mid": (3, 6), "late": (6, 9)}.get(part or "", (0, 9))
    return start + low, start + high


def _length(text: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if minutes := _minutes(text):
        found["minutes"] = minutes
    count = re.search(
        rf"(?<![\w.])(?<!first )(?<!last )(?<!track )(?<!song )(?<!next )({NUMBER})(?: or so| more| other| different| great| good| new| best| random"
        rf"| \w+){{0,2}}? {SONGS}\b(?! by ear)", text
    )
    count = count or re.search(rf"\b(?:top|just|only|give me|show me|limit (?:it|this|that)? ?to|make it) ({NUMBER})(?! ?(?:{BPM}|{MINUTES}|hours?|%|\d))\b(?! (?:bit|more|less|of))", text)
    if count and not _refers(text, count):
        value = number(count[1])
        if 1 <= value <= 500:
            found["count"] = value
    return found


def _refers(text: str, count: re.Match[str]) -> bool:
    """Whether a number points at tracks that are there ("these two songs", "song 2") rather than asking for some."""
    return bool(re.search(r"\b(?:first|last|those|these|the|other|my|next|other) $", text[: count.start()])) or bool(
        re.search(DECADE + "$", count[1])
    )


def _minutes(text: str) -> float | None:
    if match := re.search(r"\b(\d+) ?h(?:ours?|rs?)? ?(?:and )?(\d{1,2}) ?(?:m(?:in(?:ute)?s?)?)?\b", text):
        return float(int(match[1]) * 60 + int(match[2]))
    if re.search(r"\bhalf an hour\b|\bhalf hour\b|\bhalf-hour\b", text):
        return 30.0
    if match := re.search(rf"\b(an|one|{NUMBER}) (?:hours?|hrs?) and a half|\b({NUMBER}) and a half hours?", text):
        return 60.0 * (1 if match[1] in {"an", "one"} else number(match[1] or match[2])) + 30
    if re.search(r"\b(?:couple of|couple) hours\b", text):
        return 120.0
    if match := re.search(rf"\b(\d+\.\d+|{NUMBER})(?: |-)?(?:hours?|hrs?|h)\b", text):
        return 60.0 * (float(match[1]) if "." in match[1] else number(match[1]))
    if match := re.search(rf"\b({NUMBER})(?: |-)?{MINUTES}\b(?! ?(?:songs?|tracks?|long songs))", text):
        return float(number(match[1]))
    if re.search(r"\b(?:an|one)[ -]hour(?:'s)?\b(?! ago)", text):
        return 60.0
    return None


def _instrumental(text: str) -> bool | None:
    if re.search(rf"\b(?:no|not|without|don'?t want(?: any)?)(?: more| just| only| all)? instrumentals?\b|\b(?:must|should|need to|has to|have to) have {VOCALS}|"
                 rf"\bwith (?:actual )?{VOCALS}\b(?! that| like)|\bonly (?:songs )?with {VOCALS}", text) and not re.search(rf"{NOT}{THE} with {VOCALS}", text):
        return False
    if re.search(rf"\b{NOT}{THE} {VOCALS}\b|\b(?:{VOCALS}|lyric|vocal)[ -](?:free|less)\b|\blyricless\b|\bwordless\b|\bnon[ -]?(?:lyrical|vocal)\b|"
                 rf"\b(?:nobody|no one|no-one) singing|\b(?:vocals?|lyrics|words|singing) (?:off|out|gone)\b", text):
        return True
    if re.search(r"\b(?:more|less|fewer|bit|mostly|mainly|some|too|very|quite) (?:\w+ )?instrumentals?\b", text):
        return None
    if re.search(r"\binstrumentals?\b(?! (?:break|solo|section|part|bit|intro)s?\b)", text):
        return True
    return None


def _explicit(text: str) -> bool | None:
    dirty = r"(?:explicit|swear(?:ing|ords|s| words)?|curs(?:e|ing)(?: words)?|cuss(?:ing)?(?: words)?|profan\w+|bad language|dirty (?:lyrics|words|language)|foul language|f-bombs?|vulgar\w*|nsfw|strong language|obscen\w+)"
    if re.search(rf"\b(?:{NOT}|aren'?t|isn'?t|not too|no){THE} {dirty}|\bclean (?:versions?|lyrics|songs?|music|tracks|only|edits?|language|rap|playlist|please|stuff)|\b(?:keep it|make it|only|be|must be) clean\b|"
                 r"\b(?:kids?|family|child|children|work|office|radio|school|church)[ -](?:friendly|safe|appropriate)|\bsafe for (?:work|kids|children)|\bradio edits?\b|\bpg(?:-?13)?\b|\bsfw\b|\bcensored\b|\bwithout the f word", text):
        return False
    if re.search(r"\b(?:only|just|want|must be) (?:the )?explicit\b|\buncensored\b|\bexplicit (?:versions?|only|songs?|tracks?|lyrics|rap)", text):
        return True
    return None


def _live(text: str) -> bool | None:
    takes = r"(?:versions?|recordings?|albums?|performances?|sessions?|tracks?|cuts?|takes?|songs?|music|sets?|stuff|concerts?|shows?)"
    if re.search(rf"\b{NOT}{THE} live(?: {takes})?\b|\bstudio {takes}(?: only)?|\bonly studio\b", text) and not re.search(r"\blive without", text):
        return False
    if re.search(rf"\blive {takes}|\b(?:only|just) live\b|\brecorded live\b|\blive (?:at|from|in concert|only)\b|\bconcert recordings?\b|\bplayed live\b", text):
        return True
    return None


def _language(text: str) -> str | None:
    tongue = "|".join(LANGUAGES)
    match = re.search(rf"\b(?:in|sung in|speaking|only|just|must be|all|prefer|want) ({tongue})\b(?! (?:accent|artists?|bands?|guitar|horn))", text)
    match = match or re.search(rf"\b({tongue})(?:[ -](?:only|language|speaking|lyrics|vocals|singing|songs?|music|tracks?|tunes?|pop|rap|rock|hip hop|ballads|versions?))", text)
    if not match or re.search(rf"\b{NOT}{THE} $", text[: match.start()]):
        return None
    return PLACES.get(match[1], match[1])


GENRE_WORDS = {word: genre.name for genre in GENRES.values() for word in (genre.name, *genre.synonyms)}
GENRE = rf"(?:{'|'.join(re.escape(word) for word in sorted(GENRE_WORDS, key=len, reverse=True))})"
EXCLUDED = re.compile(
    rf"\b(?:{NOT}|not(?: a)? (?:big )?(?:fans? of|into)|enough(?: of)?|away from|instead of|rather than){THE} "
    rf"(?:\w+ )?({GENRE}(?:(?:,? (?:or|and|nor)(?: no)? |, (?:no |or |and )?|/){GENRE})*)\b(?! (?:guitars?|beats?|drums?))"
)


def excluded_genres(text: str) -> tuple[str, ...]:
    """Genres that must not appear, as said: "no rap or metal", "move away from country"."""
    names: list[str] = []
    for match in EXCLUDED.finditer(text):
        if re.search(r"\b(?:too|so|very|less|as|that)\b", match[0]):
            continue
        names += re.findall(rf"(?<!\w){GENRE}(?!\w)", match[1])
    return tuple(dict.fromkeys(names))
