"""What words say of the moment: company, activity, time of day, weather ("for a dinner with friends", "at the gym")."""

from __future__ import annotations

import re

from agents.language.lexicon import sound_words
from feedback.taste.context import ACTIVITY_NAMES
from recommender.mapping.named import TALK
from recommender.perception.vocabulary import ACTIVITIES

_BEFORE = r"\b(?:at|for|while|during|when|to|on|in)\s+(?:(?:a|an|the|my|our|some|i'?m|we'?re)\s+)?(?:\w+\s+)?"
_TIME = r"\b(?:this|in the|for the|for this|for tonight'?s|late (?:at|in the))\s+"
_WITH = r"\bwith (?:(?:my|our|some|a few|the|old|good)\s+)*"

PATTERNS: dict[str, re.Pattern[str]] = {
    name: re.compile(pattern)
    for name, pattern in {
        "alone": r"\b(?:all alone|alone|by myself|on my own|just (?:for )?me)\b",
        "friends": _WITH + r"(?:friends|mates|buddies)\b|\bfriends (?:are )?(?:over|coming)\b",
        "family": _WITH + r"(?:family|kids|children|parents|grandparents)\b|\bfamily (?:dinner|gathering|lunch)\b",
        "party": r"\b(?:for|at|during|having|throwing) (?:a|an|the|my|our)\s+(?:\w+\s+)?party\b"
        r"|\bhouse party\b|\bpartying\b",
        "date": r"\bdate night\b|\b(?:on|for) (?:a|our|my)\s+(?:\w+\s+)?date\b"
        r"|\bwith my (?:girlfriend|boyfriend|wife|husband|partner)\b",
        "morning": _TIME + r"morning\b",
        "day": _TIME + r"afternoon\b",
        "evening": _TIME + r"evening\b|\btonight\b",
        "night": _TIME + r"night\b|\bat night\b|\blate at night\b",
        "weekend": r"\b(?:for|at|on|this) (?:the )?weekend\b",
        "rain": r"\b(?:while|when) it(?:'s| is) raining\b|\brainy (?:day|evening|morning|afternoon)\b",
        "snow": r"\b(?:while|when) it(?:'s| is) snowing\b|\bsnowy (?:day|evening|morning)\b",
        "sun": r"\bsunny (?:day|morning|afternoon)\b",
        "storm": r"\bstormy (?:night|day|evening)\b",
        **{
            name: _BEFORE + "(?:" + "|".join(map(re.escape, (name, *ACTIVITIES[name].synonyms))) + r")\b"
            for name in ACTIVITY_NAMES
        },
    }.items()
}


def occasions(text: str) -> tuple[str, ...]:
    """Names of ``feedback.taste.context.GROUPS`` that the words speak of, in the order in which they are said."""
    lower = " ".join(text.lower().replace("’", "'").split())
    found = {name: match.start() for name, pattern in PATTERNS.items() if (match := pattern.search(lower))}
    return tuple(sorted(found, key=found.__getitem__))


def only_an_occasion(text: str) -> bool:
    """Whether words say what the music is for, and nothing else: "make it for a dinner with friends"."""
    lower = " ".join(text.lower().replace("’", "'").split())
    said = [match.span() for pattern in PATTERNS.values() if (match := pattern.search(lower))]
    rest = "".join(" " if any(start <= at < end for start, end in said) else one for at, one in enumerate(lower))
    return bool(said) and TALK - sound_words().keys() >= set(re.findall(r"[^\W_]+", rest))
