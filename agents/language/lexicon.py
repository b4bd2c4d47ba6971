"""Words about sound and feeling, each with the way it moves a list.

A row says: wishing for more of these words means moving these features that way. The words were written for
this project. Vocabulary moods that are not listed here move the list towards their anchor on the affect plane.
"""

from __future__ import annotations

import re
from functools import cache

from recommender.perception.vocabulary import GENRES, INSTRUMENTS, MOODS, Term

ROWS: tuple[tuple[str, str], ...] = (
    (
        "valence+ energy+",
        "upbeat, up beat, peppy, perky, bouncy, bubbly, poppy, sprightly, zesty, jaunty, chirpy, "
        "buoyant, spirited, "
        "feel good, feelgood, party, partying, celebratory, festive, fun, exuberant, liveliness, pep, bounce, "
        "cheer up, cheer things up, perk up, liven up, brighten up, brighten, lighten up, summery, jolly, vibrant",
    ),
    (
        "valence+",
        "happy, cheerful, cheery, joyful, joyous, glad, merry, sunny, bright, positive, optimistic, "
        "uplifting, hopeful, "
        "smiley, good-humoured, light-hearted, lighthearted, light hearted, carefree, sweet, cute, inspiring, "
        "heartwarming, warm hearted, feel better, wholesome, lift my spirits, lift the mood, lift my mood, "
        "happiness, joy, sunshine, hope, playful, silly, smile, encouraging, comforting, romantic, "
        "loving, blissful, "
        "valence, up my mood, improve my mood, lift me up, lift up, cheer, cheerfulness, cheeriness, "
        "happiness, gladness, delight, delightful, "
        "delighted, bliss, elated, elation, ecstatic, exultant, jubilant, jubilation, gleeful, "
        "glee, mirth, mirthful, "
        "jovial, merriment, joyousness, upbeatness, content, contented, pleased, pleasant, lovely, "
        "radiant, rosy, beaming, "
        "glowing, shiny, sparkly, giddy, euphoric, rapturous, triumphant, victorious, proud, "
        "grateful, thankful, rejoicing, "
        "optimism, positivity, reassuring, consoling, healing, hopefulness, affectionate, loved-up, "
        "lovey-dovey, adorable, "
        "charming, whimsical, amusing, humorous, goofy, "
        "comical, good-natured, life-affirming, uplift, feel-good, feelgood, "
        "in love, heart-warming, kind-hearted, cute, nice mood, good vibes, good mood, better mood, happy place, "
        "light, light hearted, major, sweetness, warmth, smiles, laughter, laugh, sunlit, rainbow, angelic, serene",
    ),
    (
        "valence-",
        "sad, melancholic, melancholy, gloomy, glum, blue, somber, sombre, sorrowful, mournful, "
        "dark, darken, bleak, "
        "depressing, depressed, depressive, tragic, heartbreaking, heartbroken, wistful, moody, "
        "brooding, miserable, "
        "weepy, mopey, downbeat, tearful, tear jerker, tearjerker, tear-jerking, pessimistic, grim, "
        "morose, bitter, "
        "lonely, downer, sadness, gloom, sorrow, melancholia, "
        "emo, doom and gloom, despairing, bring down the mood, "
        "solemn, solemnity, grave, stern, severe, serious, glumness, cheerlessness, misery, "
        "grief, grieving, grief-stricken, despair, despondent, dejected, crestfallen, forlorn, "
        "woeful, woe, doleful, "
        "dismal, funereal, morbid, harrowing, anguish, anguished, tortured, agonising, agonizing, "
        "pain, painful, hurt, hurting, "
        "broken, broken-hearted, brokenhearted, heart-breaking, "
        "heart-wrenching, gut-wrenching, gutting, soul-crushing, "
        "soul crushing, crushing, devastating, devastated, "
        "desolate, hopeless, hopelessness, unhappy, unhappiness, upsetting, "
        "lamenting, lament, plaintive, elegiac, bereft, mourning, regretful, remorseful, lonesome, "
        "loneliness, alienated, "
        "pessimism, negative, negativity, cynical, sour, nihilistic, angsty, angst, sullen, "
        "sulky, grey, gray, cheerless, "
        "joyless, low spirits, heavy-hearted, heavy hearted, weeping, tears, teary, tearjerkers, "
        "tear jerkers, sobbing, "
        "sad songs, breakup, break-up, heartbreak, heartache, disheartening, discouraging, downcast, "
        "down in the dumps, "
        "subdued and sad, pitiful, pathetic, blues feel, gloominess, darkness, moroseness, dread, "
        "foreboding, evil, spooky, "
        "eerie, ghostly, menace, macabre, noir, twisted, "
        "grimdark, dystopian, apocalyptic, doom, doomy, minor, sombreness, "
        "feel down, bring me down, brings me down, bringing me down, makes me cry, making me "
        "cry, cry my eyes out, in my feels, "
        "bum me out, make me cry, sob, bittersweet, ominous, sinister, cry, crying, dreary, dour, haunting, gothic",
    ),
    (
        "energy+ arousal+",
        "energetic, energy, lively, energised, energized, "
        "intense, intensity, exciting, excited, dynamic, powerful, "
        "driving, vigorous, hype, hyped, pumping, pumped, pump up, amp up, amped, thrilling, "
        "fiery, explosive, wild, "
        "vigour, vigor, vim, zip, zing, fire, drive, "
        "momentum, urgency, urgent, heat, spark, vitality, turbo, exhilarating, "
        "exhilaration, excitement, rush, stomping, anthemic, rip-roaring, high-octane, high "
        "octane, high energy, high-energy, "
        "rocky, boisterous, feisty, hyped-up, souped-up, "
        "passion, passionate, dramatic, drama, heated, pulse-pounding, "
        "pulsing, pounding, fist-pumping, feverish, manic, restless, agitated, jittery, high "
        "intensity, workout-worthy, "
        "arousal, turnt, lit, oomph, punch, punchy, kick, adrenaline, hard-hitting, hard hitting, "
        "banging, bangers, banger, "
        "motivating, motivational, rowdy, epic, hyper, frantic, frenetic, busy, hectic, stimulating, edgy, "
        "raise the energy, step up, kick up, spice up, ramp up, rev up, fire up, power up, wake "
        "me up, get me going, "
        "up the energy, turn up the heat, crazy, raucous, stirring, rousing, electrifying, awake, bite",
    ),
    (
        "energy- arousal-",
        "calm, calming, calmer, relaxed, relaxing, mellow, chill, chilled, chilled out, chilled-out, laid-back, "
        "laid back, easy-going, easygoing, easy going, peaceful, serene, tranquil, soothing, restful, sleepy, "
        "gentle, soft, softly, soft-spoken, subdued, low-key, low key, lowkey, understated, subtle, quietened, "
        "toned down, down-tempo mood, dreamy, tender, delicate, cosy, cozy, lullaby, drowsy, snoozy, meditative, "
        "zen, ambient feel, hushed, unwinding, wind down, calm down, chill out, mellow out, settle "
        "down, cool down, "
        "tone down, dial down, dial back, ease off, ease up, ease back, bring down, take down, simmer down, "
        "calmness, calmness, calmly, peace, serenity, "
        "tranquillity, tranquility, stillness, quietude, relaxation, comfort, "
        "comfy, snug, cushy, floaty, drifting, drifty, languid, lazy, slumbery, hypnagogic, sleep, "
        "bedtime, nap, nappy, "
        "unobtrusive, in the background, background music, non-intrusive, unintrusive, discreet, faint, feathery, "
        "pillowy, velvety, silky, silken, soothe, soothing, softness, gentleness, tenderness, "
        "meditation, contemplative, "
        "reflective, introspective, pensive, thoughtful, spacious, airy, weightless, warm and quiet, "
        "mild, milder, tamer, tame, "
        "low energy, low-energy, calming down, de-stress, "
        "destress, decompress, unwinding, slow-burning, simmering, "
        "take the edge off, smooth, smoother, minimal, "
        "minimalist, restrained, sedate, placid, still, light, lighter, "
        "easy on the ears, easier on the ears, laidback, "
        "relax, unwind, breezy, snooze, sleep inducing, stripped back",
    ),
    (
        "energy+ arousal+ valence-",
        "aggressive, angry, furious, rageful, rage, harsh, brutal, violent, hostile, abrasive, "
        "screamy, in-your-face, "
        "in your face, menacing, tense, anxious, nervous, creepy, scary, frightening, chaotic, stressful, jarring, "
        "anger, tension, nasty, vicious, raging, unsettling, sharp, shouty, yelling",
    ),
    (
        "energy+ loudness+",
        "heavy, hard, noisy, thumping, crunchy, beefy, massive, gritty, raw, fierce, heaviness, rocking",
    ),
    (
        "energy- valence-",
        "boring, dull, bored, monotonous, lifeless, lethargic, bland, sluggish and sad, flat, tame, dead, plodding",
    ),
    (
        "loudness+ energy+",
        "loud, loudness, turn up, crank up, crank, blasting, blaring, deafening, volume up, pump up the volume",
    ),
    ("loudness- energy-", "quiet, quieter, quieten down, turn down, silent, low volume, whispery, hush, volume down"),
    (
        "tempo+",
        "fast, faster, quick, quicker, speedy, uptempo, up-tempo, up tempo, fast-paced, fast paced, rapid, brisk, "
        "speed up, speed, pace, tempo, bpm, pick up the pace, pick up, quicken, faster tempo, hurry up, snappy, "
        "high tempo, faster paced, quicker tempo, hasten, faster pace, fast pace, fast tempo, "
        "quicker pace, accelerate",
    ),
    (
        "tempo-",
        "slow, slower, slowly, slow-paced, slow paced, "
        "slow down, sluggish, downtempo feel, unhurried, dragging, drags, "
        "slower tempo, slow tempo, low tempo, leisurely, lethargic tempo, slower pace, slow pace, "
        "slow jams, slow jam, "
        "ballads, ballad, draggy, crawling",
    ),
    (
        "danceability+",
        "danceable, dance, dancing, dancey, groovy, groove, grooves, rhythmic, funky, club, clubby, boogie, "
        "dance floor, dancefloor, move to, swing to, dance to, danceability, bop, bops, rhythm, "
        "get up and move, rhythmical, beat-driven, foot-tapping, toe-tapping",
    ),
    (
        "acousticness+",
        "acoustic, unplugged, organic, stripped-down, stripped down, stripped, natural sounding, folky, "
        "acoustic guitars, acousticness, campfire, intimate, unamplified, bare, woody",
    ),
    (
        "acousticness-",
        "electronic sounding, synthetic, electronic, electric, produced, overproduced, polished, "
        "synthy, computerised, "
        "computerized, digital, processed, autotuned, artificial, plugged in",
    ),
    ("instrumentalness+", "instrumental, instrumentals, instrumentally, non lyrical, wordless, lyricless"),
    (
        "instrumentalness-",
        "vocals, vocal, singing, lyrics, sung, sing along, sing-along, singable, words, voices, lyrical",
    ),
    ("speechiness+", "rapping, spoken word, spoken, talky, wordy, talking, speech, chatter, raps"),
    ("liveness+", "live, live-sounding, live sounding, concert feel, live feel, crowd noise, audience"),
    (
        "familiarity+",
        "familiar, popular, mainstream, famous, well-known, well known, hits, hit, known, iconic, recognisable, "
        "recognizable, classics everyone knows, everyone knows, chart, charting, top 40, commercial, big names, "
        "household names, songs i know, stuff i know, radio-friendly, that i know, i recognise, "
        "i recognize, i know",
    ),
    (
        "familiarity-",
        "obscure, unknown, underground, niche, undiscovered, "
        "hidden gems, hidden gem, deep cuts, deep cut, lesser-known, "
        "lesser known, rare, underrated, unfamiliar, unheard, off the beaten track, off the beaten path, b-sides, "
        "i don't know, i dont know, i haven't heard, i havent heard, i've never heard, ive never "
        "heard, never heard of, "
        "new to me, left-field, leftfield, adventurous, surprising, indie label, i've not heard, i have not heard, "
        "i don't already know, i do not know, discover, discovery, offbeat",
    ),
    ("mode+ valence+", "major key, major-key, in a major key, major"),
    ("mode- valence-", "minor key, minor-key, in a minor key, minor"),
    ("energy+ instrument:bass+", "bassy, bass heavy, bass-heavy, boomy"),
    ("instrument:drums+ energy+", "beats, beat, drum beat, drummy"),
)

FOLLOWING = (
    "mode",
    "valence",
    "arousal",
    "loudness",
    "bpm",
    "tempo",
    "pace",
    "speed",
    "energy",
    "beat",
    "beats",
    "rhythm",
    "words",
    "major",
    "minor",
    "i know",
)
"""Neutral words: they name an axis and mean a wish only beside "more", "less", "higher" or "too"."""

INSTRUMENT_MOVES = {"voice": {"instrumentalness": -1}}


def _moves(text: str) -> dict[str, int]:
    return {item[:-1]: 1 if item[-1] == "+" else -1 for item in text.split()}


def _affect_moves(term: Term) -> dict[str, int]:
    """A mood's way from the middle of the plane: an axis counts when it lies 0.16 (valence) or 0.2 (arousal) off."""
    moves = {}
    if abs(term.valence - 0.5) >= 0.16:
        moves["valence"] = 1 if term.valence > 0.5 else -1
    if abs(term.arousal - 0.5) >= 0.2:
        moves["energy"] = moves["arousal"] = 1 if term.arousal > 0.5 else -1
    return moves


_DOUBLE = (
    "love cool mad awesome awe grand easy strong bold score movie keys garage world western alt hard raw plain "
    "alone empty strange dirty gross house minimal drone dub trailer chamber indian african arabic rage keyboard "
    "beat vocal vocals singing singer voice swagger magical country soul metal restless passionate"
)
AMBIGUOUS = frozenset(_DOUBLE.split())
"""Vocabulary words that often mean something else in a sentence: they count only beside a music noun or a cue."""


@cache
def _rows() -> dict[str, dict[str, int]]:
    table: dict[str, dict[str, int]] = {}
    for moves, words in ROWS:
        for word in words.split(","):
            table.setdefault(word.strip(), _moves(moves))
    return table


@cache
def sound_words() -> dict[str, dict[str, int]]:
    """Every known word or phrase with its moves: the rows above and the vocabulary's moods, genres and instruments."""
    table = {word: dict(moves) for word, moves in _rows().items()}
    for term in MOODS.values():
        own = _rows().get(term.name) or _affect_moves(term)
        for word in (term.name, *term.synonyms):
            table.setdefault(word, dict(own))[f"mood:{term.name}"] = 1
    for word, moves in list(table.items()):
        for form in comparatives(word):
            table.setdefault(form, moves)
    for kind, terms in (("genre", GENRES), ("instrument", INSTRUMENTS)):
        for term in terms.values():
            extra = INSTRUMENT_MOVES.get(term.name) if kind == "instrument" else None
            for word in (term.name, *term.synonyms):
                table.setdefault(word, {}).update(extra or {f"{kind}:{term.name}": 1})
    return table


@cache
def _comparative_forms() -> frozenset[str]:
    return frozenset(form for word in sound_words() for form in comparatives(word))


def is_comparative(found: str) -> bool:
    """Whether a matched word or phrase compares by its form: "sadder", "faster tempo"."""
    return found.split(maxsplit=1)[0] in _comparative_forms()


def comparatives(word: str) -> tuple[str, ...]:
    """The -er form of a short adjective: sad, sadder; happy, happier. Empty for anything else."""
    if not word.isalpha() or not 3 <= len(word) <= 7 or word.endswith(("er", "ing", "ed", "ic", "ous", "al")):
        return ()
    if word.endswith("y"):
        return (f"{word[:-1]}ier",)
    if word.endswith("e"):
        return (f"{word}r",)
    if re.search(r"[^aeiou][aeiou][bdgmnpt]$", word):
        return (f"{word}{word[-1]}er",)
    return (f"{word}er",)


@cache
def _gerunds() -> dict[str, str]:
    """ "toning" to "tone", "dropping" to "drop": the verbs of the cues and rows, in their -ing form."""
    forms = {}
    for verb in VERBS.split("|"):
        stem = verb[:-1] if verb.endswith("e") else f"{verb}{verb[-1]}" if verb in {"cut", "drop"} else verb
        forms[f"{stem}ing"] = verb
    return forms


def plain_verbs(text: str) -> str:
    """The text with those verbs in their plain form before "the", "down", "up" and the like."""
    return re.sub(
        rf"\b({'|'.join(_gerunds())})(?= (?:the|it|this|that|things|down|up|back|off|out|all|any|some)\b)",
        lambda match: _gerunds()[match[1]],
        text,
    )


@cache
def sound_pattern() -> re.Pattern[str]:
    """Matches any known word or phrase, longest first; verbs with a particle may hold an object ("turn it down")."""
    return re.compile(
        rf"(?<![\w'-])(?:{'|'.join(_one(w) for w in sorted(sound_words(), key=len, reverse=True))})(?![\w'-])"
    )


VERBS = (
    "turn|dial|cheer|bring|slow|speed|calm|pick|amp|crank|lift|lighten|brighten|liven|perk|"
    "mellow|chill|wind|tone|take|"
    "reduce|raise|boost|increase|lower|decrease|soften|cut|drop|ditch|lose|remove|add|tame|bump|"
    "ramp|scale|ease|pump|fire|spice"
)
PARTICLE = re.compile(r"^(\w+) (up|down|back|off|out)$")
OBJECT = (
    "(?: (?:it|this|that|things|stuff|everything|them|me|us|everyone|everybody|(?:the|my|your|"
    "our) (?:mood|music|list|playlist|volume|"
    "whole thing|whole list|atmosphere|vibe|vibes|songs|tracks|party|room|place|sound|evening|"
    "night|day|set|beat|spirits)))?"
)


def _one(phrase: str) -> str:
    if match := PARTICLE.match(phrase):
        return rf"{match[1]}{OBJECT} (?:\w+ bit )?{match[2]}"
    return re.escape(phrase)


def moves_of(found: str) -> dict[str, int]:
    """The moves of a piece of text that ``sound_pattern`` matched."""
    words = sound_words()
    if found in words:
        return words[found]
    return words.get(f"{found.split(maxsplit=1)[0]} {found.rsplit(maxsplit=1)[-1]}", {})
