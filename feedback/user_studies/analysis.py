"""What a study found: who won how often and how sure that is, against each rival and all together, usability,
agreement, and whether the side mattered."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from core.stats.agreement import krippendorff_alpha, usability_score
from core.stats.intervals import Estimate, mean, measured, wilson
from feedback.models.user_studies import Judgement, PeopleStudy

WORTH = {"a": 0.0, "even": 0.5, "b": 1.0}
FEWEST = 2
"""People from which intervals that resample people mean anything."""


@dataclass(frozen=True, kw_only=True)
class Compared:
    """``wins``: judgements for a, even, b. ``decided``: the share of decided judgements that went to B, with Wilson's
    interval, which takes judgements as independent; ``preference``: the mean with ties as half, resampling people, who
    are. None where nothing can be said yet."""

    wins: dict[str, int]
    decided: Estimate | None
    preference: Estimate | None
    rating_a: Estimate | None
    rating_b: Estimate | None


@dataclass(frozen=True, kw_only=True)
class Analysis(Compared):
    """``invited``, ``begun``, ``finished``: people; ``photos``: how many each is asked about. ``left``: the share of
    decided judgements that went left. ``rivals``: the same against each way that made list B."""

    invited: int
    begun: int
    finished: int
    photos: int
    left: Estimate | None
    usability: Estimate | None
    agreement: float | None
    rivals: dict[str, Compared]


def analyse(study: PeopleStudy) -> Analysis:
    said = list(Judgement.objects.filter(participant__study=study).select_related("task"))
    scores = [usability_score(answers) for answers in study.participants.values_list("usability", flat=True) if answers]
    photos = study.tasks.values("picture").distinct().count()
    decided = [one for one in said if one.choice != "even"]
    counts = np.unique([one.participant_id for one in said], return_counts=True)[1]
    names = dict.fromkeys(study.tasks.values_list("rival", flat=True))
    return Analysis(
        **_compared(said),
        invited=study.participants.count(),
        begun=study.participants.filter(consented__isnull=False).count(),
        finished=int((counts == photos).sum()),
        photos=photos,
        left=wilson(sum(one.choice == one.left for one in decided), len(decided)) if decided else None,
        usability=mean(scores) if len(scores) >= FEWEST else None,
        agreement=_agreement(said),
        rivals={name: Compared(**_compared([one for one in said if one.task.rival == name])) for name in names},
    )


def _compared(said: list[Judgement]) -> dict[str, Any]:
    """The fields of ``Compared``."""
    people = np.array([one.participant_id for one in said])
    wins = {choice: sum(one.choice == choice for one in said) for choice in WORTH}
    decided = wins["a"] + wins["b"]
    return {
        "wins": wins,
        "decided": wilson(wins["b"], decided) if decided else None,
        "preference": _over_people(np.array([WORTH[one.choice] for one in said]), people),
        "rating_a": _over_people(np.array([float(one.rating_a) for one in said]), people),
        "rating_b": _over_people(np.array([float(one.rating_b) for one in said]), people),
    }


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
    """Pairs of lists with the same songs in the same order: there is nothing to tell apart."""
    lists = [
        [list(one.items.order_by("position").values_list("track_id", flat=True)) for one in (task.list_a, task.list_b)]
        for task in study.tasks.select_related("list_a", "list_b")
        if task.list_b
    ]
    return sum(one == other for one, other in lists)


def judgements(study: PeopleStudy) -> list[dict[str, Any]]:
    """One row a judgement; people and photos by number, never a link."""
    pictures = dict.fromkeys(study.tasks.values_list("picture", flat=True))
    photos = {picture: place for place, picture in enumerate(pictures, 1)}
    return [
        {
            "participant": one.participant.number,
            "photo": photos[one.task.picture_id],
            "against": one.task.rival,
            "choice": one.choice,
            "left": one.left,
            "rating_a": one.rating_a,
            "rating_b": one.rating_b,
            "seconds_since_consent": _since(one),
            "usability": usability_score(one.participant.usability) if one.participant.usability else "",
        }
        for one in Judgement.objects.filter(participant__study=study).select_related("participant", "task")
    ]


def _since(one: Judgement) -> int | str:
    agreed = one.participant.consented
    return round((one.created - agreed).total_seconds()) if agreed else ""


COLUMNS = (
    *("participant", "photo", "against", "choice", "left", "rating_a", "rating_b"),
    *("seconds_since_consent", "usability"),
)


def as_csv(study: PeopleStudy) -> str:
    file = io.StringIO()
    writer = csv.DictWriter(file, COLUMNS)
    writer.writeheader()
    writer.writerows(judgements(study))
    return file.getvalue()


def as_json(study: PeopleStudy) -> dict[str, Any]:
    """What was found and every judgement it rests on. ``rivals``: by name, how often list A won, tied and lost against
    it, A's share of the decided ones, and A's share with ties as half; estimates as ``{value, low, high, n}``."""
    found = analyse(study)
    return {
        "study": study.pk,
        "title": study.title,
        "question": study.question,
        "state": study.state,
        "list_a": study.settings_a,
        "photos": found.photos,
        "people": {"invited": found.invited, "begun": found.begun, "finished": found.finished},
        "went_left": _estimate(found.left),
        "agreement": found.agreement,
        "rivals": {name: _of_a(one) for name, one in found.rivals.items()},
        "judgements": judgements(study),
    }


def _of_a(one: Compared) -> dict[str, Any]:
    return {
        "won": one.wins["a"],
        "tied": one.wins["even"],
        "lost": one.wins["b"],
        "share": _estimate(turned(one.decided)),
        "preference": _estimate(turned(one.preference)),
        "rating": _estimate(one.rating_a),
        "rating_of_rival": _estimate(one.rating_b),
    }


def turned(one: Estimate | None) -> Estimate | None:
    """A share of B as that of A."""
    return Estimate(value=1 - one.value, low=1 - one.high, high=1 - one.low, n=one.n) if one else None


def _estimate(one: Estimate | None) -> dict[str, float] | None:
    return {name: round(value, 4) for name, value in asdict(one).items()} if one else None
