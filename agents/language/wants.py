"""Wishes about sound in a sentence: which feature, which way, how far.

A known word (``lexicon``) takes its sign from the nearest cue before it in its clause ("less", "not so", "too",
"no" turn it round; "not ... enough" turns it back), and its amount from the clause ("a bit", "much"). A word that
is not known but stands where a comparison puts one ("less in-your-face") gets its moves from sentence embeddings.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from agents.language.lexicon import AMBIGUOUS, FOLLOWING, is_comparative, moves_of, plain_verbs, sound_pattern
from agents.language.limits import tempo_centre
from core.schemas import Want

SLIGHT, PLAIN, STRONG = 0.28, 0.5, 1.0
SLIGHTLY = re.compile(
    r"\b(?:(?:just )?a (?:little|bit|tad|touch|smidge\w*|hair|shade|notch|tiny|wee|pinch|dash|"
    "teeny|hint)|an? (?:inch|ounce)|slightly|somewhat|"
    r"kinda|kind of|sort of|sorta|one notch|little bit|(?:not )?quite as|marginally|mildly|a step|fraction)\b"
)
STRONGLY = re.compile(
    r"\b(?:much|way|far|a lot|lots|loads|tons|heaps|considerably|significantly|drastically|"
    "dramatically|really|very|super|"
    "extremely|totally|completely|a whole lot|a ton|seriously|massively|so much|hugely|entirely|"
    r"incredibly|even|waaay+|big time|a great deal)\b"
)
CUES = re.compile(
    r"\b(?P<back>(?:not|n't|isn'?t|aren'?t|don'?t|doesn'?t|wasn'?t|weren'?t) (?:be |make it |"
    "sound |feel |get )?(?:any )?less|no less|not nearly|(?:not|n't|isn'?t|"
    r"aren'?t) (?:quite )?(?=(?:\S+ ){1,3}enough)|not enough|"
    "needs? more|lacks?|lacking|missing|too little|not as much as i|could (?:be|use|do with|"
    r"stand to be)(?: some| a)?(?: (?:bit|little|tad|touch|lot))?(?: of)?(?: more)?)\b|"
    r"\b(?P<hard>no more|no|zero|nothing|without(?: any| all)?|never|avoid|minus|skip|ditch|lose|"
    r"get rid of|drop|cut out|anything but|free of|not a(?: \w+)? fan of|"
    r"(?:don'?t|do not|didn'?t|did not) (?:\w+ )?(?:want|need|like|play|give|include|care for|"
    r"enjoy|feel like)|(?:can'?t|cannot) stand|hate|dislike|exclude|leave out|sans|hold the)\b|"
    r"\b(?P<soft>less|fewer|lower|not (?:\w+ )?(?:so|too|that|as|very|overly|super|really|"
    "all that|quite|be|feel|sound|be too|be so)|"
    "(?:isn'?t|aren'?t|wasn'?t|weren'?t|won'?t|wouldn'?t|shouldn'?t|can'?t|didn'?t|doesn'?t|"
    r"don'?t|not) (?:\w+ ){0,2}(?:so|too|that|as|very|overly|quite|be|make it|get|sound|feel|"
    "make me)|not|isn'?t|aren'?t|n't|ain'?t|too(?: much| many)?(?: of an?)?|overly|excessively|"
    "(?:tone|dial|turn|cut|bring|take|scale|ease|pull|calm) (?:down|back|off|"
    r"out)(?: on)?(?: the)?|(?:turn|bring|take|dial) the(?= (?:\w+ )?\w+ down)|reduce|decrease|"
    "tame|soften|minimi[sz]e|drop the|"
    "tired of|sick of|bored of|bored with|fed up with|enough(?: of| with)?(?: the| this| these|"
    r" all)?(?= \w)(?! (?:for|to|that|already|now))|than|away from|instead of|rather than|"
    "ease off|ease up on|go easy on|easy on|back off|stop(?: being| with| the)?|"
    r"way too|a bit too|bit too|than all this|quit)\b|"
    r"\b(?P<up>more|higher|extra|additional|increase|boost|raise|dial up|amp up|crank up|turn up|"
    r"ramp up|pump up|up the(?= \w)|raise the|bump up|not too little|(?:turn|crank|dial|bring|bump|ramp|"
    r"push) the(?= (?:\w+ )?\w+ up))\b|"
    r"\b(?P<mild>add|bring in|bring up|with|want|into|towards?)\b"
)
COMPLAINT = re.compile(
    r"(?<!\bi )\b(?:it'?s|it is|this is|that'?s|that is|these are|those are|they'?re|they are|"
    "feels?|sounds?|seems?|is|are|was|were|getting|gets) "
    "(?:all |just |still |getting |becoming |starting to (?:get|feel|sound) |"
    "starting to be )*(?:so|kinda|kind of|sort of|a bit|a little|a tad|pretty|rather|quite|"
    "a touch|getting|somewhat|bit|way) $"
)
SOURED = re.compile(
    r"(?<!\bi )\b(?:it'?s|this is|that'?s|these are|those are|they'?re|they are|it is|makes? me|"
    r"making me|making it|feels?|sounds?|drags?) (?:\w+ )?$"
)
SPLIT = re.compile(
    r"\s*(?:[.;:!?|]+|,|\bbut\b|\bthough\b|\byet\b|\bwhile\b|\binstead\b(?! of)|\bthan (?:this|"
    r"that|these|it|the|what)\b.*?(?=,|\bbut\b|$)|\band\b|\bor\b|\bnor\b|/)\s*"
)
PARTICLE_END = re.compile(r"\w (?:up|down|back|off|out)$|my (?:mood|spirits)$")
MUSIC_NOUN = re.compile(
    "^[ -](?:songs?|music|tracks?|tunes?|playlist|stuff|vibes?|feel|mood|sounds?|beats?|jams?|"
    "ones?|one|artists?|bands?|and|or|$)"
)
STOP = (
    "(?:songs?|music|tracks?|tunes?|by|from|of|like|than|artists?|bands?|in|on|to|for|the|this|"
    "that|these|those|it|you|we|i|similar|"
    "suggestions?|recommendations?|options?|ones?|please|thanks|much|many|long|short|far|good|"
    "great|now|time|playlist|list|with|is|are|but)"
)
BOUND = re.compile(
    r"\b(?:more|less|fewer|too|so|not as|not that|not very|overly|a bit|a little|bit) (?:of an? |an? )?"
    rf"((?!{STOP}\b)[\w'-]+(?: (?!{STOP}\b)[\w'-]+){{0,2}})"
)


@dataclass(frozen=True)
class Found:
    """One wish as it stands in the text. ``firm``: the sign came from a comparative or a negation, not from the
    bare word; ``hard``: the thing is refused outright."""

    feature: str
    direction: int
    amount: float
    firm: bool
    hard: bool = False


def read_wants(text: str, moves_by_meaning: Callable[[str], dict[str, int]]) -> tuple[list[Found], str]:
    """Wishes in order of appearance, one a feature, and the text that is left when they are taken out.

    ``moves_by_meaning`` gives the moves of a phrase the lexicon does not know (empty when it is about no feature).
    """
    found: list[Found] = []
    rest: list[str] = []
    sign, hard = 0, False
    for clause, link in _clauses(plain_verbs(text)):
        carried = (sign, hard) if link in {"and", "or", "nor", ",", "/"} else (0, False)
        wishes, left, sign, hard = _read_clause(clause, carried, moves_by_meaning)
        found += wishes
        rest.append(left)
    if centre := tempo_centre(text):
        found = [wish for wish in found if wish.feature != "tempo"]
        return [*merged(found), Found("tempo", 0, PLAIN, True)], f"{' '.join(rest)} {centre:.0f}"
    return merged(found), " ".join(rest)


def as_want(found: Found, text: str) -> Want:
    """The wish in the shape that leaves this room."""
    target = tempo_centre(text) if found.feature == "tempo" and found.direction == 0 else None
    return Want(feature=found.feature, direction=found.direction, amount=found.amount, target=target)


def _clauses(text: str) -> list[tuple[str, str]]:
    parts, links, start = [], [""], 0
    for match in SPLIT.finditer(text):
        parts.append(text[start : match.start()])
        links.append(match[0].strip())
        start = match.end()
    parts.append(text[start:])
    return [(part.strip(), link) for part, link in zip(parts, links, strict=True) if part.strip()]


def _read_clause(
    clause: str, carried: tuple[int, bool], moves_by_meaning: Callable[[str], dict[str, int]]
) -> tuple[list[Found], str, int, bool]:
    amount = SLIGHT if SLIGHTLY.search(clause) else STRONG if STRONGLY.search(clause) else PLAIN
    cues = list(CUES.finditer(clause))
    found: list[Found] = []
    left = clause
    last = (0, False)
    for term in sound_pattern().finditer(clause):
        sign, hard = _sign(clause, term, cues, carried)
        last = (sign, hard)
        word = term[0]
        comparative = is_comparative(word)
        if (word in FOLLOWING and not sign) or (
            word in AMBIGUOUS and not sign and not MUSIC_NOUN.match(clause[term.end() :])
        ):
            continue
        if (
            any(cue.start() < term.end() and cue.end() > term.start() and cue.start() >= term.start() for cue in cues)
            and " " not in word
        ):
            continue
        left = left.replace(word, " ", 1)
        firm = bool(sign) or comparative or bool(PARTICLE_END.search(word))
        step = SLIGHT if comparative and sign < 0 else amount  # "not angrier" asks to hold, not to turn round
        for feature, direction in moves_of(word).items():
            found.append(Found(feature, direction * (sign or 1), step, firm, hard))
    if not found and (match := BOUND.search(clause)):
        sign, hard = _sign(
            clause, match, [cue for cue in cues if cue.start() <= match.start(1)], carried, at=match.start(1)
        )
        for feature, direction in moves_by_meaning(match[1]).items():
            found.append(Found(feature, direction * (sign or 1), amount, True, hard))
        left = left.replace(match[0], " ")
    return found, CUES.sub(" ", STRONGLY.sub(" ", SLIGHTLY.sub(" ", left))), *last


def _sign(
    clause: str, term: re.Match[str], cues: list[re.Match[str]], carried: tuple[int, bool], at: int | None = None
) -> tuple[int, bool]:
    """-1, 1 or 0 (no cue) for a term, and whether it is refused outright."""
    start = term.start() if at is None else at
    before = [cue for cue in cues if cue.end() <= start + 1 and _reaches(clause[cue.end() : start])]
    if re.match(r"[\w' -]{0,6}\benough\b", clause[term.end() :]) and any(
        cue.lastgroup in {"soft", "back"} for cue in before
    ):
        return 1, False
    if before:
        kind = before[-1].lastgroup
        negated = any(cue.lastgroup == "hard" for cue in before[:-1])
        if kind == "mild":
            return (-1, negated) if negated or any(cue.lastgroup == "soft" for cue in before[:-1]) else (0, False)
        if kind == "up":
            return (-1, True) if negated or _denied(clause[: before[-1].start()]) else (1, False)
        if kind == "back":
            return 1, False
        doubled = kind == "soft" and negated and before[-1][0] == "less"
        return (1, False) if doubled else (-1, kind == "hard")
    if COMPLAINT.search(clause[:start]):
        return -1, False
    if SOURED.search(clause[:start]) and moves_of(term[0]).get("valence") == -1:
        return -1, False
    return carried if carried[0] and len(clause[:start].split()) <= 2 else (0, False)


def _reaches(between: str) -> bool:
    """Whether a cue governs a term: at most four words on, and not into a circumstance ("too happy for a wake")."""
    return len(between.split()) <= 4 and not re.search(r"\b(?:for|because|since|when|at|during)\b", between)


def _denied(before: str) -> bool:
    return bool(
        re.search(r"(?:\bno|\bnot|n't|\bnothing|\bnever)(?: any| even| anything| get| make it| be| want)* $", before)
    )


def merged(found: list[Found]) -> list[Found]:
    """One wish a feature: the firm ones win over bare words, then the later over the earlier."""
    kept: dict[str, Found] = {}
    for wish in found:
        held = kept.get(wish.feature)
        if held is None or wish.firm >= held.firm:
            kept[wish.feature] = wish
    return list(kept.values())
