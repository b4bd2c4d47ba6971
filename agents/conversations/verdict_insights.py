"""What the evaluation agent remembers: its verdicts and suggestions over many lists, and what can come of them.

A suggestion that says what to change can become a setting for everybody, or an experiment's draft, by one click.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from agents.findings import TEXTS, of_verdict
from agents.models import Turn
from core.errors import BadInput
from feedback.experiments import lifecycle
from feedback.models.experiments import Experiment, Tuning
from recommender.ranking.scoring import WEIGHTS

REMEMBERED = timedelta(days=30)
MEASURES = ("alignment", "diversity", "novelty", "satisfaction")

WIDER = {"weights": {"affect": round(0.75 * WEIGHTS["hybrid"]["affect"], 3)}}
"""Nearness in mood counts a quarter less, so that other things tell the tracks apart."""
PROPOSALS: dict[str, dict[str, Any]] = {
    "too_alike": WIDER,
    "brief_corrected": {"reasoning": "symbolic"},
}
"""What to set when a suggestion of this code is taken up. The others ask for more music or another limit: no setting
can do that."""
FORMERLY = {
    "too_alike": "Widen the search: the tracks are much alike.",
    "brief_corrected": "The brief contradicted what was seen and said; it was put right.",
}
"""The reasons that settings and experiments from such suggestions were kept under before there were codes."""


class NoProposal(BadInput):
    code = "no_proposal"
    message = "No setting can do what this suggests."
    hint = "It asks for other music, or for another limit."


@dataclass
class Suggestion:
    """One suggestion over many lists. ``share``: percent of the judged lists that got it; ``satisfaction``: their mean
    predicted satisfaction, percent."""

    code: str
    text: str
    count: int = 0
    satisfactions: list[float] = field(default_factory=list)
    last: datetime | None = None
    judged: int = 0

    @property
    def share(self) -> int:
        return round(100 * self.count / self.judged) if self.judged else 0

    @property
    def satisfaction(self) -> int:
        return round(100 * sum(self.satisfactions) / len(self.satisfactions)) if self.satisfactions else 0

    @property
    def proposal(self) -> dict[str, Any] | None:
        return PROPOSALS.get(self.code)

    @property
    def tuning(self) -> Tuning | None:
        return Tuning.objects.filter(why__in=reasons(self.code), undone__isnull=True).first()

    @property
    def experiment(self) -> Experiment | None:
        return Experiment.objects.filter(question__in=reasons(self.code)).exclude(state="decided").first()


@dataclass(frozen=True, kw_only=True)
class Memory:
    """``measures``: mean of each verdict's measure, percent; ``findings``: the commonest, by their summaries."""

    judged: int
    measures: dict[str, int]
    limits_broken: int
    suggestions: list[Suggestion]
    findings: list[tuple[str, int]]


def remember(now: datetime | None = None) -> Memory:
    """The verdicts of the last ``REMEMBERED``, added up."""
    since = (now or timezone.now()) - REMEMBERED
    judged = Turn.objects.filter(created__gte=since, verdict__has_key="satisfaction").order_by("created")
    measured: dict[str, list[float]] = {name: [] for name in MEASURES}
    findings: Counter[str] = Counter()
    suggestions: dict[str, Suggestion] = {}
    count = broken = 0
    for turn in judged.only("verdict", "created").iterator():
        verdict, at = turn.verdict or {}, turn.created
        count += 1
        broken += not verdict.get("kept", True)
        for name in MEASURES:
            if (value := verdict.get(name)) is not None:
                measured[name].append(float(value))
        findings.update({found.summary for found in of_verdict(verdict, "findings")})
        for text, code in {found.summary: found.code for found in of_verdict(verdict, "suggestions")}.items():
            one = suggestions.setdefault(text, Suggestion(code, text))
            one.count, one.last = one.count + 1, at
            one.satisfactions.append(float(verdict.get("satisfaction") or 0.0))
    for one in suggestions.values():
        one.judged = count
    return Memory(
        judged=count,
        measures={name: round(100 * sum(values) / len(values)) if values else 0 for name, values in measured.items()},
        limits_broken=broken,
        suggestions=sorted(suggestions.values(), key=lambda one: -one.count),
        findings=findings.most_common(10),
    )


def reasons(code: str) -> list[str]:
    """What a setting or an experiment that comes from such a suggestion is kept under, now and formerly."""
    return [text for text in (TEXTS.get(code), FORMERLY.get(code)) if text and code in PROPOSALS]


def proposal_for(code: str) -> dict[str, Any]:
    """Raises NoProposal."""
    if code not in PROPOSALS:
        raise NoProposal
    return PROPOSALS[code]


def accept(code: str, by: User) -> Tuning:
    """The suggestion becomes a setting for everybody; twice is the same as once. Raises NoProposal."""
    settings = proposal_for(code)
    standing = Tuning.objects.filter(why__in=reasons(code), undone__isnull=True).first()
    return standing or lifecycle.tune(settings, TEXTS[code], by)


def draft(code: str) -> Experiment:
    """The suggestion becomes an experiment's draft against the usual way. Raises NoProposal."""
    settings, text = proposal_for(code), TEXTS[code]
    standing = Experiment.objects.filter(question__in=reasons(code), state=Experiment.State.DRAFT).first()
    return standing or lifecycle.draft(" ".join(text.split()[:3]).rstrip(".:"), text, settings)
