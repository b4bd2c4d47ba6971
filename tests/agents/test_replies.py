"""Answers come in the language spoken, and what they offer to say is understood."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from agents.conversations.in_memory import Talk
from agents.language.parser import read_words
from agents.planner import COMPLAINT_CHIPS, MOOD_CHIPS
from recommender.ranking.unmet import LET_GO
from tests.agents.test_review_table import songs, talk  # noqa: F401

LANGUAGES = [code for code, _name in settings.LANGUAGES if code != "en"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("said", "answers"),
    [
        (("mach es ruhiger", "vielen Dank", "nur Lieder aus den 50ern", "rückgängig"),
         ("Jetzt ruhiger", "Schön, dass es dir gefällt", "also habe ich deine Liste gelassen", "Zurück zu Fassung 1")),
        (("más tranquilo", "muchas gracias", "solo de los años 50", "deshacer"),
         ("Ahora más tranquilo", "Me alegra que te guste", "he dejado tu lista como estaba", "De vuelta a la")),
        (("un peu plus calme", "merci beaucoup", "seulement des années 50", "annule"),
         ("Maintenant plus calme", "Ravi que cela te plaise", "j'ai donc laissé ta liste", "Retour à la version 1")),
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
