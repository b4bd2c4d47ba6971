"""The page of one experiment's result: effects, decision, health, and the picture of how sure it became."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from core.stats import ab_test, interleaving, sequential
from core.stats.sequential import Sequence
from feedback.experiment_results import outcomes
from feedback.experiment_results.outcomes import Outcomes
from feedback.models.experiments import Experiment

Values = NDArray[np.float64]

PERCENT = ("liked", "skips", "refusals")
"""Metrics that are shares, shown in percent."""
HARM = 0.5
"""A guardrail is broken when it surely got worse, and by at least this part of the least effect."""
WIDTH, HEIGHT, MARGIN = 640.0, 260.0, 44.0


@dataclass(frozen=True, eq=False, kw_only=True)
class Comparison:
    """One arm against the control in one metric. ``fixed`` is after CUPED and for a look planned beforehand;
    ``sequence`` holds for every look. ``better``: 1, -1, or 0 while it is open."""

    arm: str
    metric: str
    people: tuple[int, int]
    means: tuple[float, float]
    sequence: Sequence
    fixed: ab_test.Effect
    power: float
    needed: int
    better: int

    @property
    def scale(self) -> float:
        return 100.0 if self.metric in PERCENT else 1.0

    @property
    def unit(self) -> str:
        return "points" if self.metric in PERCENT else "seconds" if self.metric == "seconds" else "a person"

    @property
    def interval(self) -> str:
        """The always-valid interval in words."""
        latest = self.sequence.latest
        if latest is None:
            return f"not before {sequential.FIRST_LOOK} people an arm"
        return self._said(latest)

    @property
    def planned(self) -> str:
        return self._said(self.fixed) if math.isfinite(self.fixed.variance) else "too few people"

    @property
    def shown_means(self) -> tuple[str, str]:
        usual, changed = (f"{self.scale * mean:.1f}{' %' if self.metric in PERCENT else ''}" for mean in self.means)
        return usual, changed

    @property
    def power_percent(self) -> int:
        return round(100 * self.power)

    @property
    def p_value(self) -> float | None:
        return float(self.sequence.p_value[-1]) if len(self.sequence.p_value) else None

    def _said(self, effect: ab_test.Effect) -> str:
        value, low, high = (self.scale * one for one in (effect.difference, effect.low, effect.high))
        return f"{value:+.1f} ({low:+.1f} to {high:+.1f}) {self.unit}"


@dataclass(frozen=True, kw_only=True)
class ArmCount:
    name: str
    control: bool
    seen: int
    planned: int


@dataclass(frozen=True, eq=False, kw_only=True)
class Contest:
    """Which of two rankings people prefer within one list: the sign of each person's credit, and the interval of its
    mean (-1..1) that holds for every look."""

    arm: str
    preference: interleaving.Preference
    sequence: Sequence

    @property
    def interval(self) -> str:
        latest = self.sequence.latest
        if latest is None:
            return f"not before {sequential.FIRST_LOOK} people"
        return f"{latest.difference:+.2f} ({latest.low:+.2f} to {latest.high:+.2f})"

    @property
    def share(self) -> int:
        return round(100 * self.preference.share)

    @property
    def better(self) -> int:
        latest = self.sequence.latest
        return int(np.sign(latest.difference)) if latest and latest.clear else 0


class Result:
    """Everything the page shows, computed once. ``now`` fixes whose time is over."""

    def __init__(self, experiment: Experiment, now: datetime | None = None) -> None:
        self.experiment = experiment
        self.arms = experiment.arms_in_order()
        seen = [experiment.exposures.filter(arm=arm).count() for arm in self.arms]
        shares = [arm.share for arm in self.arms]
        self.seen = experiment.exposures.count()
        self.srm = ab_test.sample_ratio_p(seen, shares)
        self.counts = [
            ArmCount(name=arm.name, control=arm.control, seen=count, planned=round(sum(seen) * arm.share / sum(shares)))
            for arm, count in zip(self.arms, seen, strict=True)
        ]
        self.contest = contest(experiment, now) if experiment.design == Experiment.Design.INTERLEAVED else None
        self.main = [] if self.contest else self._compare(experiment.metric, now)
        guarded = () if self.contest else experiment.guardrails
        self.guardrails = [one for name in guarded for one in self._compare(name, now)]

    def _compare(self, metric: str, now: datetime | None) -> list[Comparison]:
        told = outcomes.of(self.experiment, metric, now)
        return [compare(self.experiment, told, place, arm.name, metric) for place, arm in enumerate(self.arms) if place]

    @property
    def balanced(self) -> bool:
        return self.srm >= ab_test.SRM_ALARM

    @property
    def harmed(self) -> list[Comparison]:
        return [one for one in self.guardrails if one.better < 0 and broken(one, self.experiment.least_effect)]

    @property
    def verdict(self) -> str:
        """What to do now, in one sentence. Broken health is told before any effect."""
        if not self.balanced:
            return (
                "Do not read the effect: people did not fall into the arms as planned. Find out why, and begin again."
            )
        if self.contest and self.contest.better:
            better = self.contest.arm if self.contest.better > 0 else self.arms[0].name
            return f"People prefer the ranking of {better}."
        if self.harmed:
            return f"Stop: {', '.join(f'{one.metric} got worse with {one.arm}' for one in self.harmed)}."
        won = [one for one in self.main if one.better > 0]
        lost = [one for one in self.main if one.better < 0]
        if won:
            best = max(won, key=lambda one: one.sequence.estimate[-1] * direction(one.metric))
            return f"{best.arm} is better than {self.arms[0].name}; adopting it is sound."
        if lost and len(lost) == len(self.main):
            return f"Every change is worse than {self.arms[0].name}; stop and keep the usual way."
        if self.experiment.state in (Experiment.State.STOPPED, Experiment.State.DECIDED):
            return "It was stopped before anything was sure: keep the usual way, or try again with more people."
        return "Nothing is sure yet. Looking early is allowed: wait, or stop without a finding."

    @property
    def pictures(self) -> list[Picture]:
        return [Picture(one) for one in self.main if len(one.sequence.people) > 1]


def contest(experiment: Experiment, now: datetime | None = None) -> Contest:
    first, second = experiment.arms_in_order()
    credits = outcomes.credits_of(experiment, first.mark, second.mark, now)
    signs = np.sign(np.array(credits, dtype=np.float64))
    return Contest(
        arm=second.name,
        preference=interleaving.preference(credits),
        sequence=sequential.mean_sequence(signs, 2 * experiment.least_effect),
    )


def direction(metric: str) -> int:
    return -1 if metric in Experiment.RISES_BADLY else 1


def broken(one: Comparison, least_effect: float) -> bool:
    return abs(float(one.sequence.estimate[-1])) >= HARM * least_effect


def compare(experiment: Experiment, told: Outcomes, place: int, arm: str, metric: str) -> Comparison:
    """One arm (its ``place`` among the arms) against the control."""
    ours = (told.arm == 0) | (told.arm == place)
    outcome, treated = told.outcome[ours], told.arm[ours] == place
    rivals = max(len(experiment.arms_in_order()) - 1, 1)  # each comparison gets its part of the 5 % (Bonferroni)
    scale = experiment.least_effect if metric in PERCENT else experiment.least_effect * max(_spread(outcome), 1e-9)
    sequence = sequential.confidence_sequence(outcome, treated, scale, alpha=0.05 / rivals)
    adjusted = ab_test.cuped(outcome, told.before[ours])
    fixed = ab_test.fixed_effect(adjusted[~treated], adjusted[treated])
    latest = sequence.latest
    return Comparison(
        arm=arm,
        metric=metric,
        people=(int((~treated).sum()), int(treated.sum())),
        means=(_mean(outcome[~treated]), _mean(outcome[treated])),
        sequence=sequence,
        fixed=fixed,
        power=ab_test.power_of(fixed.variance, scale),
        needed=ab_test.people_needed(_spread(outcome) or math.sqrt(0.25), scale),
        better=(int(np.sign(latest.difference)) * direction(metric)) if latest and latest.clear else 0,
    )


def _mean(values: Values) -> float:
    return float(values.mean()) if len(values) else 0.0


def _spread(values: Values) -> float:
    return float(values.std()) if len(values) else 0.0


class Picture:
    """The confidence sequence as a drawing: a band that narrows, the estimate in it, and the line of no difference."""

    width, height, margin = WIDTH, HEIGHT, MARGIN

    def __init__(self, one: Comparison) -> None:
        self.arm, self.metric, self.unit = one.arm, one.metric, one.unit
        told, scale = one.sequence, one.scale
        people = told.people.astype(np.float64)
        # the first looks are so unsure that they would flatten all that came after
        most = float(np.quantile(np.abs(np.concatenate([told.low, told.high])), 0.8)) * 1.1 or 1.0
        x = MARGIN + (people - people[0]) / max(people[-1] - people[0], 1.0) * (WIDTH - 2 * MARGIN)
        down = {name: _down(getattr(told, name), most) for name in ("low", "high", "estimate")}
        self.band = _points([*zip(x, down["high"], strict=True), *list(zip(x, down["low"], strict=True))[::-1]])
        self.line = _points(list(zip(x, down["estimate"], strict=True)))
        self.zero = round(HEIGHT / 2, 1)
        self.top, self.bottom = f"{most * scale:+.1f}", f"{-most * scale:+.1f}"
        self.first, self.last = int(people[0]), int(people[-1])


def _down(values: Values, most: float) -> Values:
    half = HEIGHT / 2 - 16
    down: Values = HEIGHT / 2 - np.clip(values / most, -1.0, 1.0) * half
    return down


def _points(places: list[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
