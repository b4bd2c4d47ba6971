"""What nobody knows of the catalogue's tracks, asked of the owner's language model, a batch at a time.

queued -> running -> queued (a batch is written; the next one has its turn) -> ... -> done
running -> queued, until later (the model asks for rest or is away)
running -> done (the budget is spent: the next job goes on where this one ended)
running -> failed (the model refuses, or answers ``MOST_FAILURES`` batches in a row out of form)

What the model says is data: names that the editor's tables do not have are dropped, numbers are held to their ranges,
and what contradicts what is known of the track is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from core.errors import BadInput, Unavailable
from recommender.library.jobs import state
from recommender.library.jobs.report import Outcome
from recommender.library.jobs.state import Later, Progress
from recommender.library.unknown_tracks import unknown
from recommender.models import Annotation, LibraryJob, Track
from recommender.music import songs
from recommender.music.occasions import occasions
from recommender.music.styles import styles
from recommender.perception.vocabulary import MOODS

if TYPE_CHECKING:
    from agents.llm_annotator import ToldTrack

BATCH = 20
BATCH_TOKENS = 12_000
"""What a batch may take: with less left, none is begun."""
TRUST = 0.5
"""The confidence of what a model is wholly sure of: what is known of a song's artist has as much."""
LEAST_SURE, SURE_OF_FEELING = 0.5, 0.6
YEARS_APART = 3
"""From here on the model speaks of another recording."""
MOST_STYLES, MOST_THEMES, MOST_MOODS = 3, 6, 4
MOST_FAILURES = 3


@dataclass
class At:
    """How far a job is: ``after`` the last track asked about; ``refused``: by reason."""

    after: int = 0
    asked: int = 0
    told: int = 0
    tokens: int = 0
    requests: int = 0
    failures: int = 0
    waits: int = 0
    refused: dict[str, int] = field(default_factory=dict)

    def refuse(self, reason: str, count: int = 1) -> None:
        self.refused[reason] = self.refused.get(reason, 0) + count

    def outcome(self) -> Outcome:
        outcome = Outcome(read=self.asked, added=self.told)
        for reason, count in self.refused.items():
            outcome.skip(reason, "", REASONS[reason], count)
        return outcome


REASONS = {
    "unknown": "The model does not know the recording, or is unsure.",
    "another": "The model means a recording of another year.",
    "no_style": "None of the styles it named is one of the editor's.",
    "unusable": "Its answer was not in form.",
    "unanswered": "It said nothing of the track.",
}


def check_configured() -> None:
    """Raises BadInput (``no_model``) where no language model is configured."""
    if settings.AGENT_MODEL == "rules":
        raise BadInput(
            "No language model is configured.", hint="Set DYLUMO_AGENT_MODEL, then start again.", code="no_model"
        )


def annotate_batch(job: LibraryJob, progress: Progress) -> Outcome | None:
    """Ask about the next tracks; None when there may be more. Raises as ``llm_annotator.ask``, Cancelled, Lost."""
    from agents import llm_annotator

    check_configured()
    at = At(**job.checkpoint) if job.checkpoint else At(after=_where_the_last_ended())
    waiting = unknown(at.after)
    tracks = list(waiting[:BATCH])
    if not tracks:
        at.after = 0  # the next job begins again, with what is new and what was not known
        state.save_checkpoint(job, asdict(at))
        return at.outcome()
    if settings.ANNOTATE_TOKENS - at.tokens < BATCH_TOKENS or at.requests >= settings.ANNOTATE_REQUESTS:
        state.save_checkpoint(job, asdict(at))
        return at.outcome()
    progress.step(at.asked, at.asked + waiting.count(), tracks[0].title)
    rows: list[Annotation] = []
    try:
        asked = [llm_annotator.AskedTrack.of(number, track) for number, track in enumerate(tracks, 1)]
        told, spent = llm_annotator.ask(asked, BATCH_TOKENS)
    except llm_annotator.Unusable as error:
        at.failures, spent = at.failures + 1, error.spent
        if at.failures == MOST_FAILURES:
            raise Unavailable(
                "The language model does not fill in the form.",
                hint="Choose another one (DYLUMO_AGENT_MODEL), then start again: it goes on from there.",
                code="llm_unusable",
            ) from error
        at.refuse("unusable", len(tracks))
    except Later:
        at.waits += 1
        if at.waits > state.MAX_ATTEMPTS:
            raise Unavailable("The language model cannot be reached, or is busy.", code="llm_away") from None
        state.save_checkpoint(job, asdict(at))
        raise
    else:
        at.failures = at.waits = 0
        rows = _believed(tracks, told, at)
    at.tokens, at.requests = at.tokens + spent.tokens, at.requests + spent.requests
    at.after, at.asked, at.told = tracks[-1].pk, at.asked + len(tracks), at.told + len(rows)
    with transaction.atomic():
        _write(rows)
        state.save_checkpoint(job, asdict(at))
    return None


def _where_the_last_ended() -> int:
    jobs = LibraryJob.objects.filter(kind=LibraryJob.Kind.ANNOTATE, checkpoint__after__isnull=False)
    last = jobs.order_by("-created").first()
    return int(last.checkpoint["after"]) if last else 0


def _believed(tracks: Sequence[Track], told: Iterable[ToldTrack], at: At) -> list[Annotation]:
    """What may be kept of what was said; ``at`` counts what was not."""
    by_number = {one.number: one for one in reversed(list(told))}
    kept = []
    for number, track in enumerate(tracks, 1):
        answer = believed(track, by_number[number]) if number in by_number else "unanswered"
        if isinstance(answer, str):
            at.refuse(answer)
        else:
            kept.append(answer)
    return kept


def believed(track: Track, told: ToldTrack) -> Annotation | str:
    """An annotation, or the reason (of ``REASONS``) for which nothing is believed."""
    if not told.known or told.sure < LEAST_SURE:
        return "unknown"
    if track.year and told.year and abs(track.year - told.year) > YEARS_APART:
        return "another"
    named = _known(told.styles, styles(), MOST_STYLES)
    if not named:
        return "no_style"
    feels = told.sure >= SURE_OF_FEELING
    return Annotation(
        track=track,
        styles=named,
        themes=_known(told.themes, occasions(), MOST_THEMES),
        moods=_known(told.moods, MOODS, MOST_MOODS),
        valence=told.valence if feels else None,
        arousal=told.arousal if feels else None,
        provenance=Annotation.Provenance.LLM,
        confidence=round(TRUST * told.sure, 3),
        version=songs.version(),
    )


def _known(names: Iterable[str], table: Iterable[str], most: int) -> list[str]:
    allowed = set(table)
    return [name for name in dict.fromkeys(one.strip().lower() for one in names) if name in allowed][:most]


def _write(rows: list[Annotation]) -> None:
    """What was known by genre only gives way."""
    changed = ["styles", "themes", "moods", "valence", "arousal", "provenance", "confidence", "version"]
    Annotation.objects.bulk_create(rows, update_conflicts=True, unique_fields=["track"], update_fields=changed)
