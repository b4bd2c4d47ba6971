"""Which language a sentence is in: by its script, else by the words that only one language has."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from agents.language import gloss
from agents.language.entities import NOT_NAMES
from agents.language.intent_patterns import CONTENT_FREE
from agents.language.lexicon import sound_words
from agents.language.shapes import GENRE_WORDS

SCRIPTS = (
    ("HIRAGANA", "ja"),
    ("KATAKANA", "ja"),
    ("HANGUL", "ko"),
    ("CYRILLIC", "ru"),
    ("ARABIC", "ar"),
    ("THAI", "th"),
    ("CJK", "zh"),
    ("GREEK", "el"),
    ("HEBREW", "he"),
    ("DEVANAGARI", "hi"),
)
_OTHERS = {
    "nl": "ik het een niet van voor met zonder meer minder maak graag alleen nummer nummers liedje liedjes muziek "
    "rustiger vrolijker sneller langzamer houd bewaar verwijder vervang eerste laatste iets wat dank bedankt je jaren "
    "zang aan zet avond regen leuk saai en de zijn dit dat is te heel erg beetje treurig",
    "pl": "bez nie jest muzyka muzyke piosenka piosenki piosenke wiecej mniej usun zamien zostaw pierwsze ostatnie "
    "spokojniej wolniej szybciej weselej smutniej dziekuje prosze tylko cos lat dodaj wieczor nad troche bardziej jak",
    "tr": "daha bir biraz sarki sarkilar muzik lutfen tesekkurler tesekkur olmasin sadece ve icin ilk son sil ekle "
    "sakin hizli yavas mutlu huzunlu vokal yillar gibi aksam gol kenarinda cok bu",
}
OTHERS = {language: frozenset(words.split()) for language, words in _OTHERS.items()}
_ENGLISH = (
    "about after again all am and any are as at back be because been before but can could did do does down each else "
    "every few first for from get give go good got had has have he hear her him his how i if in is it its just "
    "keep last "
    "less let like little long look love made make many me more most much must my need new next not now of off on one "
    "only or other our out over part play please put quite really rest same say second see she should show sing "
    "so some "
    "something song songs such swap take tell than thank that the their them then there these they thing third this "
    "those through time to too track tracks two up us use very want was way we were what when where which while "
    "who why "
    "will with without would you your a an no yes remove replace drop add change slower faster calmer happier sadder "
    "louder list playlist music mood undo redo morning evening night day rain christmas summer winter sunday party"
)


@cache
def english_words() -> frozenset[str]:
    return (
        frozenset(_ENGLISH.split())
        | CONTENT_FREE
        | NOT_NAMES
        | ({word for word in sound_words() if " " not in word} - GENRE_WORDS.keys())
    )


SHARED = frozenset(
    [
        "a",
        "i",
        "me",
        "no",
        "so",
        "in",
        "die",
        "is",
        "was",
        "an",
        "as",
        "do",
        "du",
        "am",
        "on",
        "to",
        "at",
        "la",
        "que",
        "solo",
        "pop",
        "rock",
        "jazz",
        "soul",
        "blues",
        "per",
        "bpm",
    ]
)
"""Words of several languages, which tell little."""


SPOKEN_BEFORE = 0.7
"""What it counts for, in words, that the sentence before was in a language."""


def language_of(said: str, before: str = "") -> str:
    """Two letters; ``en`` where nothing speaks for another language. ``before``: the language of what was said
    before."""
    if script := _by_script(said):
        return script
    words = re.findall(r"[^\W\d_]+", gloss.plain(said))
    if not words:
        return "en"
    accented = len(re.findall(r"[äöüßñçãõáéíóúàèìòùâêîôûœ¿¡ğışłąęśżź]", said.lower()))
    english = sum(_weight(word) for word in words if word in english_words())
    scores = {language: sum(map(_weight, gloss.known_words(language, said))) for language in gloss.LANGUAGES}
    scores |= {language: sum(word in known for word in words) for language, known in OTHERS.items()}
    strange = {language: score + (0.5 if accented else 0.0) for language, score in scores.items() if score > 0}
    if not strange:
        return "en"
    best = max(
        strange,
        key=lambda language: (strange[language] + SPOKEN_BEFORE * (language == before), _marks(said, language)),
    )
    return best if strange[best] > english else "en"


def _weight(word: str) -> float:
    return 0.4 if word in SHARED or len(word) < 2 else 1.0


_MARKS = {
    "de": "äöüß", "es": "ñ¿¡áíóú", "fr": "çàèêîôœ", "it": "ìòù", "pt": "ãõâç", "tr": "ğış", "pl": "łąęśżź", "nl": "",
}  # fmt: skip


def _marks(said: str, language: str) -> int:
    return sum(letter in _MARKS.get(language, "") for letter in said.lower())


def _by_script(said: str) -> str | None:
    letters = [unicodedata.name(letter, "") for letter in said if letter.isalpha()]
    foreign = [name for name in letters if not name.startswith("LATIN")]
    if len(foreign) * 2 < len(letters) or not foreign:
        return None
    return next((language for script, language in SCRIPTS if any(name.startswith(script) for name in foreign)), None)
