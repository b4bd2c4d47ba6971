"""Pieces of patterns that several readers share. All are for tidied, lower-case text."""

from __future__ import annotations

import re

from agents.language.numbers import DECADES
from recommender.perception.vocabulary import GENRES

NOT = (
    r"(?:no(?: more)?|not(?: any)?|without(?: any)?|"
    r"don'?t (?:\w+ )?(?:want|need|like|have|play|include|care for)(?: any| to hear)?|"
    r"avoid|minus|never|nothing(?: with)?|free of|lose|drop|ditch|skip|remove|cut|leave out|get rid of|zero|hate|"
    r"exclude|sans|stop(?: with| playing)|no more of|keep out|anything but|everything but|less of|except|stop the|"
    r"isn'?t|aren'?t|can'?t stand|tired of|sick of)"
)
THE = r"(?: (?:the|all|those|these|that|of|any|more|some|so|much|too|many|having|with|me|a|an))*"
VOCALS = r"(?:vocals?|lyrics?|sing(?:ing|ers?)|voices?|words|vocalists?)"
UPPER = (
    r"(?:under|below|less than|slower than|max(?:imum)?(?: of)?|at most|up to|no more than|no faster than|"
    r"not above|not over|<=?)"
)
LOWER = (
    r"(?:over|above|more than|faster than|min(?:imum)?(?: of)?|at least|from|no slower than|no less than|not under|>=?)"
)
ABOUT = r"(?:around|about|roughly|approximately|approx|circa|near|close to|~)"
BPM = r"(?:bpm|b\.p\.m\.?|beats (?:per|a) minute)"
YEAR = r"(?:19[2-9]\d|20[0-4]\d)"
DECADE = rf"(?:'?\d0'?s|(?:19|20)\d0'?s|{'|'.join(DECADES)})"
SONGS = r"(?:songs?|tracks?|tunes?|titles?|pieces?|numbers?|jams?|bangers?|hits?|picks?|recommendations?|suggestions?)"
MINUTES = r"(?:min(?:ute)?s?|mins)"

_TONGUES = (
    "english spanish french german italian portuguese brazilian japanese korean chinese mandarin cantonese hindi "
    "arabic turkish greek russian polish dutch swedish norwegian danish finnish icelandic hebrew punjabi tamil "
    "telugu urdu swahili yoruba thai vietnamese indonesian tagalog ukrainian czech hungarian romanian welsh irish "
    "catalan persian"
)
LANGUAGES = _TONGUES.split()

GENRE_WORDS = {word: genre.name for genre in GENRES.values() for word in (genre.name, *genre.synonyms)}
"""Every style as people say it, to its name in the vocabulary."""
GENRE = rf"(?:{'|'.join(re.escape(word) for word in sorted(GENRE_WORDS, key=len, reverse=True))})"
