"""A longer or shorter list ("twice as long", "a bit shorter"), and limits that are taken off again ("any year")."""

from __future__ import annotations

import re

_TIMES: tuple[tuple[float, str], ...] = (
    (2.0, r"twice as (?:long|many)|double|two times as (?:long|many)"),
    (3.0, r"three times as (?:long|many)|triple"),
    (0.5, r"half as (?:long|many)|halve|cut (?:it|the list|this) in half|half the (?:list|length|songs)"),
    (1.25, r"(?:a (?:bit|little|tad)|slightly) longer"),
    (0.75, r"(?:a (?:bit|little|tad)|slightly) shorter"),
    (
        1.5,
        r"longer|lengthen|extend|too (?:short|few)|not enough (?:songs|tracks|music)|more (?:songs|tracks)$"
        r"|^(?:(?:and|some|even|a few|give me|show me) )*more$",
    ),
    (0.67, r"shorter|shorten|trim|too (?:long|many(?: songs| tracks)?)|fewer(?: songs| tracks)?"),
)
TIMES = tuple((factor, re.compile(rf"\b(?:{pattern})\b")) for factor, pattern in _TIMES)
_OFF = r"(?:any|every|all|whatever|whichever|no matter (?:which|what)|open to any|doesn'?t matter which)"
_AGAIN = (
    r"(?:(?:is|are) (?:fine|ok|okay|allowed|welcome|good)(?: (?:too|again|now|after all))?|(?:too|again|"
    r"after all|back))"
)
_FORGET = r"(?:forget|remove|drop|lift|clear|cancel|ignore|undo|take off|reset|lose)"
_RELEASED: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        ("tempo_min", "tempo_max", "year_min", "year_max", "instrumental", "explicit", "live", "language", "genres",
         "exclude_artists", "exclude_genres", "include_artists", "minutes"),
        rf"{_FORGET} (?:all )?(?:the |my |these |those )?(?:limits?|filters?|restrictions?|rules?|conditions?)|"
        r"no (?:more )?(?:limits?|filters?|restrictions?)(?: any ?more)?|without (?:any )?(?:limits?|filters?|"
        r"restrictions?)",
    ),
    (("year_min", "year_max"), rf"{_OFF} (?:years?|eras?|decades?|age)|{_FORGET} the (?:years?|eras?|decades?|\d0s)|"
                               r"(?:the )?(?:years?|eras?|decades?) (?:doesn'?t|don'?t|does not) matter"),
    (("genres", "exclude_genres"), rf"{_OFF} (?:genres?|styles?|kinds? of music)|{_FORGET} the (?:genres?|styles?)|"
                                   r"(?:other|more) (?:genres|styles) " + _AGAIN + r"|(?:genre|style) doesn'?t matter"),
    (("language",), rf"{_OFF} languages?|{_FORGET} the language|other languages " + _AGAIN),
    (("tempo_min", "tempo_max"), rf"{_OFF} (?:tempos?|speeds?|bpm)|{_FORGET} the (?:tempo|speed|bpm)"),
    (("instrumental",), rf"(?:vocals?|lyrics|singing|voices?|instrumentals?) {_AGAIN}|with or without (?:vocals|"
                        rf"lyrics|singing)"),
    (("include_artists", "exclude_artists"), rf"{_OFF} (?:artists?|bands?|singers?)|{_FORGET} the (?:artists?|bands?)|"
                                             r"other (?:artists|bands|singers) " + _AGAIN),
    (("explicit",), r"explicit (?:lyrics |songs |words )?" + _AGAIN + r"|swearing " + _AGAIN),
    (("live",), rf"live (?:versions |recordings |songs )?{_AGAIN}"),
    (("minutes", "count"), rf"{_OFF} length|{_FORGET} the (?:length|duration)"),
)  # fmt: skip
RELEASED = tuple((names, re.compile(rf"\b(?:{pattern})\b")) for names, pattern in _RELEASED)


def length_factor(text: str) -> float | None:
    """By what the list's length is multiplied, where it is asked for as such; None where not."""
    return next((factor for factor, pattern in TIMES if pattern.search(text)), None)


def released(text: str) -> tuple[str, ...]:
    """The limits (fields of Limits) that a sentence takes off."""
    return tuple(dict.fromkeys(name for names, pattern in RELEASED if pattern.search(text) for name in names))
