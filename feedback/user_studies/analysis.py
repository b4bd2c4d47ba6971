"""What a study found: who won how often and how sure that is, usability, agreement, and whether the side mattered."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

import numpy as np

from core.stats.agreement import krippendorff_alpha, usability_score
from core.stats.intervals import Estimate, mean, measured, wilson
from feedback.models.user_studies import Judgement, PeopleStudy

WORTH = {"a": 0.0, "even": 0.5, "b": 1.0}
FEWEST = 2
"""People from which intervals that resample people mean anything."""


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """``invited``, ``begun``, ``finished``: people. ``wins``: judgements for a, even, b. ``decided``: the share of
    decided judgements that went to B, with Wilson's interval, which takes judgements as independent; ``preference``:
    the mean with ties as half, resampling people, who are. ``left``: the share of decided ones that went left.
    None where nothing can be said yet."""

    invited: int
    begun: int
    finished: int
    wins: dict[str, int]
    decided: Estimate | None
    preference: Estimate | None
    left: Estimate | None
    rating_a: Estimate | None
    rating_b: Estimate | None
    usability: Estimate | None
    agreement: float | None


def analyse(study: PeopleStudy) -> Analysis:
    said = list(Judgement.objects.filter(participant__study=study))
    people = np.array([one.participant_id for one in said])
    worth = np.array([WORTH[one.choice] for one in said])
    wins = {choice: sum(one.choice == choice for one in said) for choice in WORTH}
    decided = [one for one in said if one.choice != "even"]
    scores = [usability_score(answers) for answers in study.participants.values_list("usability", flat=True) if answers]
    total = study.tasks.count()
    counts = np.unique(people, return_counts=True)[1] if said else np.array([], dtype=int)
    return Analysis(
        invited=study.participants.count(),
        begun=study.participants.filter(consented__isnull=False).count(),
        finished=int((counts == total).sum()),
        wins=wins,
        decided=wilson(wins["b"], len(decided)) if decided else None,
        preference=_over_people(worth, people),
        left=wilson(sum(one.choice == one.left for one in decided), len(decided)) if decided else None,
        rating_a=_over_people(np.array([float(one.rating_a) for one in said]), people),
        rating_b=_over_people(np.array([float(one.rating_b) for one in said]), people),
        usability=mean(scores) if len(scores) >= FEWEST else None,
        agreement=_agreement(said),
    )


def _over_people(values: np.ndarray, people: np.ndarray) -> Estimate | None:
    if len(np.unique(people)) < FEWEST:
        return None
    return measured(lambda some: float(values[some].mean()), people)


def _agreement(said: list[Judgement]) -> float | None:
    """Krippendorff's alpha of the choices; None before two people have judged one photo."""
    people = {one: row for row, one in enumerate(sorted({one.participant_id for one in said}))}
    tasks = {one: column for column, one in enumerate(sorted({one.task_id for one in said}))}
    table = np.full((len(people), len(tasks)), np.nan)
    for one in said:
        table[people[one.participant_id], tasks[one.task_id]] = WORTH[one.choice]
    if not said or np.isfinite(table).sum(axis=0).max() < 2:
        return None
    return round(krippendorff_alpha(table), 3)


def same_lists(study: PeopleStudy) -> int:
    """Photos for which both ways gave the same songs in the same order: there is nothing to tell apart."""
    lists = [
        [list(one.items.order_by("position").values_list("track_id", flat=True)) for one in (task.list_a, task.list_b)]
        for task in study.tasks.select_related("list_a", "list_b")
    ]
    return sum(one == other for one, other in lists)


COLUMNS = ("participant", "photo", "choice", "left", "rating_a", "rating_b", "seconds_since_consent", "usability")


def as_csv(study: PeopleStudy) -> str:
    """One row a judgement; people and photos by number, never a link."""
    photos = {task: place for place, task in enumerate(study.tasks.values_list("pk", flat=True), 1)}
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for one in Judgement.objects.filter(participant__study=study).select_related("participant"):
        person = one.participant
        since = round((one.created - person.consented).total_seconds()) if person.consented else ""
        score = usability_score(person.usability) if person.usability else ""
        writer.writerow(
            [person.number, photos[one.task_id], one.choice, one.left, one.rating_a, one.rating_b, since, score]
        )
    return file.getvalue()
