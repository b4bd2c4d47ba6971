"""Words in other languages than English: by a glossary as far as it goes, by the nearest known phrase, by meaning."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from agents.language import entities, gloss
from agents.language.found import DialogueContext, Found, find
from agents.language.nearest import nearest_phrase
from core.schemas import Entity, Intent, Limits, WordsReading
from recommender.perception.text.across_languages import affect_across

VAGUE: frozenset[Intent] = frozenset({"describe", "unclear", "out_of_scope", "smalltalk"})
"""What words come out as that were not understood: then meaning decides."""
COVERED = 0.6
"""From so much of a sentence in the glossary its rules are sure of themselves."""
GUESSED = 0.5
"""Below this a refinement is only guessed by the model of intents."""
SURELY = 0.8
WISHES = ("refine", "limit")
BARE = " ¿¡?!.,"
"""What is left of a sentence without words."""
OWN_WORDS_SAY = 0.62
"""Cosine from which the nearest phrase is believed against a description."""


@dataclass(frozen=True)
class Abroad:
    """A tidied sentence in another language."""

    said: str
    language: str
    context: DialogueContext

    @cached_property
    def glossed(self) -> gloss.Glossed | None:
        """The sentence in English words; None in a language without a glossary, and where that leaves no word."""
        glossed = gloss.in_english(self.said, self.language) if self.language in gloss.LANGUAGES else None
        return glossed if glossed and glossed.english.strip(BARE) else None

    @cached_property
    def found(self) -> Found:
        """What is found in its English words, else in its own."""
        return find(self.glossed.english if self.glossed else self.said, self.context, foreign=True)

    @cached_property
    def near(self) -> tuple[WordsReading, float] | None:
        """What the known phrase that is nearest in meaning says, and its cosine."""
        near = nearest_phrase(self.said)
        meant = find(near[0], self.context).guessed() if near else None
        if near is None or meant is None or (meant.intent == "redo" and near[1] < SURELY):
            return None  # "as it was before" lies nearer to redoing than to undoing in that space
        return meant, near[1]

    @property
    def sure(self) -> bool:
        """Does the glossary know enough of the sentence?"""
        return self.glossed is not None and self.glossed.coverage >= COVERED

    @cached_property
    def guess(self) -> WordsReading:
        """What rules alone make of it: by its glossary, where there is one and it is sure; else as the known phrase
        that is nearest in meaning; else as a description, placed on the affect plane by meaning."""
        if name := entities.asked_abroad(self.said, self.language):
            return WordsReading(
                text=self.said,
                intent="add" if entities.ADDS_ABROAD.search(self.said) else "limit",
                limits=Limits(include_artists=(name,)),
                entities=(Entity(type="artist", text=name),),
                confidence=SURELY,
            )
        reading = self.found.guessed() if self.glossed else None
        if reading and not _is_vague(reading) and (self.sure or reading.entities or reading.limits.asked()):
            return self._placed(reading) if reading.valence is not None else reading
        if self.near:
            meant, likeness = self.near
            believed = likeness >= OWN_WORDS_SAY or not self.sure
            if believed and meant.intent != "describe" and not (reading and reading.entities):
                return replace(meant, confidence=round(min(1.0, likeness), 3))
        if reading and not _is_vague(reading):
            return reading
        kept = reading or WordsReading(text=self.said)
        scene = kept.intent in VAGUE or self.near is None or self.near[0].intent == "describe"
        return self._placed(replace(kept, intent="describe" if scene else kept.intent, wants=(), confidence=0.6))

    def meaning(self, intent: Intent, confidence: float) -> WordsReading:
        """What it says if this is what it asks for; a wish that the glossary has no words for is that of the known
        phrase nearest in meaning."""
        reading = self.found.meaning(intent, confidence)
        if intent == "describe":
            return self._placed(reading if self.sure else replace(reading, valence=None, arousal=None))
        if self.guess.entities and not (reading.wants or reading.limits.asked() or reading.entities):
            # the rules knew how this language names somebody
            return replace(self.guess, intent=intent, confidence=confidence)
        nothing = not (reading.wants or reading.limits.asked() or reading.released)
        if intent in WISHES and nothing and self.near and self.near[0].intent in WISHES:
            meant = self.near[0]
            return replace(reading, wants=meant.wants, limits=meant.limits, released=meant.released)
        return reading

    def _placed(self, reading: WordsReading) -> WordsReading:
        """The point of what is described: of its own words, and, where the glossary read them too, half-way to that."""
        valence, arousal = affect_across(self.said)
        if reading.valence is not None and reading.arousal is not None:
            valence, arousal = (valence + reading.valence) / 2, (arousal + reading.arousal) / 2
        return replace(reading, valence=round(valence, 4), arousal=round(arousal, 4))


def _is_vague(reading: WordsReading) -> bool:
    """Whether the rules found nothing certain: no wish, limit or edit, or one that is only guessed."""
    if reading.limits.asked() or reading.edits:
        return False
    if reading.intent == "refine" and reading.confidence < GUESSED:
        return True
    return reading.intent in VAGUE and not reading.wants and reading.confidence < 0.9
