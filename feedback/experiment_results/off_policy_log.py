"""What another policy would have been worth, from the lists in which chance drew: rows to arrays, arrays to estimates.

One place of a list is one choice. Chance drew it among ``PlaylistItem.rivals`` with a known propensity; the judged
policy sees the same person as they were known then, the same brief and the same places before, and takes the best of
those rivals by its own weights or learner. The reward is 1 where the person liked the track in that very version within
the experiment's time, else 0. So the estimates tell the likes a choice of a policy that orders the next best otherwise;
they say nothing of tracks that were not among them, nor of another strategy, reasoning or layout.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

import numpy as np
from django.db.models import Prefetch, Q
from django.utils import timezone
from numpy.typing import NDArray

from core.errors import BadInput
from core.stats import off_policy
from core.stats.off_policy import Estimate, Values
from feedback.models import Reaction
from feedback.models.experiments import Experiment
from feedback.taste import profile
from feedback.treatments import Treatment
from recommender.mapping.multi_photo import brief_of_stage
from recommender.models import Playlist, PlaylistItem
from recommender.ranking import pipeline

MOST_LISTS = 400
"""The newest lists that are judged by: each is ranked again by the judged policy, about 20 ms a list."""
JUDGED = ("weights", "learner", "explore")
"""What another policy may do otherwise with the same rivals."""
RIDGE = 10.0


class CannotJudge(BadInput):
    code = "cannot_judge"
    hint = f"Use: {', '.join(JUDGED)}."


class NothingDrawn(BadInput):
    code = "nothing_drawn"
    message = "No list in which chance drew was shown long enough ago."
    hint = "Give an arm (or the site) some explore, such as 0.1, and wait."


@dataclass(frozen=True, eq=False, kw_only=True)
class Log:
    """(n,) each: what came of every drawn choice, whose it was, its propensity, the judged policy's probability of it;
    ``logged`` and ``ranks``: (n, 2) and (n, rivals, 2) what is known of the choice and of all its rivals (the place in
    either order, 0 the best to 1), ``target``: (n, rivals) the judged policy's probabilities, 0 beyond the rivals."""

    rewards: Values
    people: NDArray[np.int64]
    propensities: Values
    chosen: NDArray[np.int64]
    target: Values
    ranks: Values


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """``seen``: likes a choice as the lists really were; ``agreed``: the share of choices on which both policies'
    favourites are the same."""

    choices: int
    people: int
    lists: int
    seen: float
    agreed: float
    estimates: tuple[Estimate, ...]


def judge(experiment: Experiment, policy: Treatment, now: datetime | None = None) -> Judgement:
    """The worth of ``policy`` by the experiment's lists. Raises CannotJudge for what the log cannot tell, NothingDrawn,
    TooLittleOverlap."""
    wrong = [one.name for one in fields(policy) if one.name not in JUDGED and getattr(policy, one.name)]
    if wrong:
        raise CannotJudge(f"Logged lists cannot tell what another {', '.join(wrong)} would be worth.")
    lists = drawn_lists(experiment, now or timezone.now())
    log = logged(experiment, lists, policy)
    at = np.arange(len(log.chosen))
    model = cross_fitted(log)
    estimates = off_policy.judge(
        log.rewards,
        log.propensities,
        log.target[at, log.chosen],
        logged_model=model[at, log.chosen],
        target_model=(log.target * model).sum(axis=1),
        people=log.people,
        clip=float("inf"),  # the design bounds the weights: a rival's propensity is at least explore / 10
    )
    return Judgement(
        choices=len(at),
        people=len(np.unique(log.people)),
        lists=len(lists),
        seen=float(log.rewards.mean()),
        agreed=float(np.mean(log.target.argmax(axis=1) == 0)),
        estimates=estimates,
    )


def drawn_lists(experiment: Experiment, now: datetime) -> list[Playlist]:
    """The newest lists with drawn places that an arm of the experiment made and that their owners saw, those whose time
    is not over left out."""
    made_by = Q()
    for arm in experiment.arms_in_order():
        made_by |= Q(policy__regex=rf"\+{arm.mark}(\+|$)")
    drawn = PlaylistItem.objects.exclude(rivals=[]).order_by("position")
    found = (
        Playlist.objects.filter(made_by, shown__lte=now - timedelta(hours=experiment.hours), items__in=drawn)
        .select_related("owner")
        .prefetch_related(Prefetch("items", drawn, to_attr="drawn"))
    )
    return list(found.distinct().order_by("-created")[:MOST_LISTS])


def logged(experiment: Experiment, lists: Sequence[Playlist], policy: Treatment) -> Log:
    """The lists' drawn choices, with what the policy would have done. Raises NothingDrawn."""
    liked = _liked(experiment, lists)
    rows = [
        (playlist, item, probabilities)
        for playlist in lists
        for item, probabilities in zip(playlist.drawn, _would_choose(playlist, policy), strict=True)  # type: ignore[attr-defined]
        if probabilities is not None
    ]
    if not rows:
        raise NothingDrawn
    widest = max(len(item.rivals) for _, item, _ in rows)
    target, ranks = np.zeros((len(rows), widest)), np.ones((len(rows), widest, 2))
    for row, (_, item, (chances, order)) in enumerate(rows):
        count = len(item.rivals)
        target[row, :count] = chances
        ranks[row, :count, 0] = np.arange(count) / widest
        ranks[row, :count, 1] = order / widest
    return Log(
        rewards=np.array([(playlist.pk, item.track_id) in liked for playlist, item, _ in rows], dtype=np.float64),
        people=np.array([playlist.owner_id for playlist, _, _ in rows], dtype=np.int64),
        propensities=np.array([item.propensity for _, item, _ in rows]),
        chosen=np.array([_place(item) for _, item, _ in rows], dtype=np.int64),
        target=target,
        ranks=ranks,
    )


def _place(item: PlaylistItem) -> int:
    return [rival["track_id"] for rival in item.rivals].index(item.track_id)


def _liked(experiment: Experiment, lists: Sequence[Playlist]) -> set[tuple[object, int]]:
    """Version and track of every like its owner gave in time."""
    until = {one.pk: (one.shown or one.created) + timedelta(hours=experiment.hours) for one in lists}
    owner = {one.pk: one.owner_id for one in lists}
    likes = Reaction.objects.standing().filter(kind=Reaction.Kind.LIKE, playlist__in=lists)
    rows = likes.values_list("playlist_id", "track_id", "owner_id", "created")
    return {(made, track) for made, track, by, at in rows if by == owner[made] and at < until[made]}


def _would_choose(playlist: Playlist, policy: Treatment) -> list[tuple[Values, NDArray[np.intp]] | None]:
    """For every drawn item, the policy's probability of each rival, and the place it gives each; None where a rival is
    no longer there to be weighed."""
    brief = playlist.music_brief
    known = profile.of(playlist.owner, policy.learner, playlist.created)
    items: list[PlaylistItem] = playlist.drawn  # type: ignore[attr-defined]
    told: dict[int, tuple[Values, NDArray[np.intp]] | None] = {}
    for chapter in {item.chapter for item in items}:
        of_chapter = [item for item in items if item.chapter == chapter]
        part = brief_of_stage(brief, brief.stages[chapter - 1]) if chapter else brief
        ids = sorted({rival["track_id"] for item in of_chapter for rival in item.rivals})
        fit = pipeline.fits(part, playlist.owner, ids, taste=known, weights=policy.weights)
        over = pipeline.fit_over_variety(part)
        told |= {item.pk: _chances(item, fit, over, policy.explore or 0.0) for item in of_chapter}
    return [told[item.pk] for item in items]


def _chances(
    item: PlaylistItem, fit: dict[int, float], over: float, explore: float
) -> tuple[Values, NDArray[np.intp]] | None:
    if not all(rival["track_id"] in fit for rival in item.rivals):
        return None
    gain = np.array([over * fit[rival["track_id"]] - rival["lost"] for rival in item.rivals])
    order = np.argsort(-gain, kind="stable")
    place = np.empty(len(order), dtype=np.intp)
    place[order] = np.arange(len(order))
    chances = np.full(len(gain), explore / len(gain))
    chances[order[0]] += 1 - explore
    return chances, place


def cross_fitted(log: Log) -> Values:
    """(n, rivals) the likes to be expected of each rival: a ridge regression on its place in either order, for each
    half of the people fitted on the other half, so that no choice foretells itself."""
    at = np.arange(len(log.chosen))
    told = np.zeros(log.target.shape)
    half = np.unique(log.people, return_inverse=True)[1] % 2 == 1
    for ours in (half, ~half):
        theirs = ~ours if (~ours).any() else ours
        x = _with_one(log.ranks[at, log.chosen][theirs])
        penalty = RIDGE * np.diag([0.0, 1.0, 1.0])
        weights = np.linalg.lstsq(x.T @ x + penalty, x.T @ log.rewards[theirs], rcond=None)[0]
        told[ours] = _with_one(log.ranks[ours]) @ weights
    return told


def _with_one(values: Values) -> Values:
    told: Values = np.concatenate([np.ones((*values.shape[:-1], 1)), values], axis=-1)
    return told
