"""Answers come in the language spoken: catalogues are whole and compiled, and what they offer to say is understood."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from agents.conversations.in_memory import Talk
from agents.language.parser import read_words
from agents.planner import COMPLAINT_CHIPS, MOOD_CHIPS
from recommender.perception.vocabulary import MOODS
from recommender.ranking.unmet import LET_GO
from tests.agents.test_review_table import songs, talk  # noqa: F401

ROOT = Path(settings.BASE_DIR)
KEYWORDS: dict[str, Any] = {"_": None, "later": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}
LANGUAGES = [code for code, _name in settings.LANGUAGES if code != "en"]
HOLES = re.compile(r"{\w*}")


def said_in_code() -> set[tuple[str | None, str | tuple[str, ...]]]:
    """Every string of the agents and the ranking that is translated, with its context."""
    found: set[tuple[str | None, str | tuple[str, ...]]] = {(None, name) for name in MOODS}
    for room in ("agents", "recommender"):
        for file in (ROOT / room).rglob("*.py"):
            for _line, message, _comments, context in extract_from_file("python", str(file), keywords=KEYWORDS):
                found.add((context, message))
    return found


def catalogue(language: str) -> Catalog:
    with (ROOT / "locale" / language / "LC_MESSAGES" / "django.po").open("rb") as file:
        return read_po(file, locale=language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_reply_lacks_a_translation(language: str) -> None:
    kept = catalogue(language)
    for context, message in said_in_code():
        ids = message if isinstance(message, tuple) else (message,)
        entry = kept.get(ids[0], context)
        assert entry, (language, message)
        forms = entry.string if isinstance(entry.string, tuple) else (entry.string,)
        assert len(forms) == len(ids) and all(forms), (language, message)
        for form in forms:
            assert set(HOLES.findall(form)) <= {hole for one in ids for hole in HOLES.findall(one)}, (language, form)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_holds_nothing_that_is_no_longer_said(language: str) -> None:
    said = {(context, message[0] if isinstance(message, tuple) else message) for context, message in said_in_code()}
    kept = {(one.context, one.id[0] if isinstance(one.id, tuple) else one.id) for one in catalogue(language) if one.id}
    assert kept == said


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_is_that_of_its_source(language: str) -> None:
    compiled = io.BytesIO()
    write_mo(compiled, catalogue(language))
    kept = (ROOT / "locale" / language / "LC_MESSAGES" / "django.mo").read_bytes()
    assert kept == compiled.getvalue(), "run: manage.py catalogues"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("said", "answers"),
    [
        (("mach es ruhiger", "vielen Dank", "nur Lieder aus den 50ern", "rückgängig"),
         ("Jetzt ruhiger", "Schön, dass es dir gefällt", "also habe ich deine Liste gelassen", "Zurück zu Fassung 1")),
        (("más tranquilo", "muchas gracias", "solo de los años 50", "deshacer"),
         ("Ahora más tranquilo", "Me alegra que te guste", "he dejado tu lista como estaba", "De vuelta a la")),
        (("un peu plus calme", "merci beaucoup", "seulement des années 50", "annule"),
         ("Maintenant plus calme", "Ravi que cela", "j'ai donc laissé votre liste", "Retour à la version 1")),
        (("un po' più calmo", "grazie mille", "solo degli anni 50", "annulla"),
         ("Ora più tranquillo", "Felice che ti piaccia", "ho lasciato la lista com'era", "Di nuovo alla versione 1")),
        (("um pouco mais calmo", "muito obrigado", "só dos anos 50", "desfazer"),
         ("Agora mais calmo", "Que bom que você gostou", "deixei sua lista como estava", "De volta à versão 1")),
        (("a bit calmer", "thank you", "only from the 50s", "undo"),
         ("Moved to calmer", "Glad you like it", "so I left your list as it was", "Back to version 1")),
    ],
)  # fmt: skip
def test_each_is_answered_in_their_own_language(
    talk: Talk,  # noqa: F811
    said: tuple[str, ...],
    answers: tuple[str, ...],
) -> None:
    for text, told in zip(said, answers, strict=True):
        assert told in (reply := talk.say(text).reply), (text, reply)


def shape(text: str) -> tuple[str, dict[str, Any], tuple[str, ...], set[tuple[str, int]]]:
    reading = read_words(text)
    moves = {(want.feature, want.direction) for want in reading.wants if not want.feature.startswith("mood:")}
    intent = "refine" if reading.intent == "limit" else reading.intent  # both change the list by what is asked
    return intent, reading.limits.asked(), reading.released, moves


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_offered_to_say_is_understood(language: str) -> None:
    holes = {"style": "jazz", "decade": "1970", "tempo": "110"}
    offered = [*COMPLAINT_CHIPS, *MOOD_CHIPS, *LET_GO.values(), "play {style}", "only {style}", "only {decade}s"]
    wrong = {}
    for source in dict.fromkeys([*offered, "around {tempo} bpm", "only in {language}"]):
        with override(language):
            said = _(source).format(**holes, language=_("Spanish"))
        if shape(said) != shape(source.format(**holes, language="Spanish")):
            wrong[source] = (said, shape(said), shape(source.format(**holes, language="Spanish")))
    assert not wrong, wrong
