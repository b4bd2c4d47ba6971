"""Who gets what: sticky, from a hash alone, and logged only when it was really seen."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from django.db import transaction

from accounts.models import User
from feedback.models.experiments import BUCKETS, Arm, Experiment, Exposure, Tuning
from feedback.treatments import Treatment, treatment_from
from recommender.models import Playlist

HOLDOUT = "holdout"
"""The salt of the hold-out, the same for all experiments: always the same people stay out."""


def bucket(salt: str, person_id: int) -> int:
    """0..9999, evenly, the same for ever."""
    return int(hashlib.sha256(f"{salt}:{person_id}".encode()).hexdigest(), 16) % BUCKETS


def takes_part(experiment: Experiment, person_id: int) -> bool:
    """Is this person held out of nothing and inside the experiment's stretch of its layer?"""
    if bucket(HOLDOUT, person_id) < experiment.holdout * BUCKETS:
        return False
    return bucket(experiment.layer or f"traffic:{experiment.salt}", person_id) in experiment.buckets


def arm_of(experiment: Experiment, arms: Sequence[Arm], person_id: int) -> Arm | None:
    """The person's arm, whether or not they have seen it yet; None for those who take no part. ``arms``: in order."""
    if not arms or not takes_part(experiment, person_id):
        return None
    total, place, upto = sum(arm.share for arm in arms), bucket(experiment.salt, person_id), 0.0
    for arm in arms:
        upto += arm.share
        if place < upto / total * BUCKETS:
            return arm
    return arms[-1]


def running() -> list[Experiment]:
    """The running experiments with their arms, oldest first. What asks several things gives it to each."""
    found = Experiment.objects.filter(state=Experiment.State.RUNNING).order_by("started")
    return list(found.prefetch_related("arms"))


def arms_for(person_id: int, surface: str, among: Sequence[Experiment] | None = None) -> list[Arm]:
    """The person's arm in each running experiment with groups on this surface."""
    groups = [
        one
        for one in (running() if among is None else among)
        if one.surface == surface and one.design == Experiment.Design.GROUPS
    ]
    found = (arm_of(one, list(one.arms.all()), person_id) for one in groups)
    return [arm for arm in found if arm is not None]


def contest_for(person_id: int, among: Sequence[Experiment] | None = None) -> list[Arm]:
    """The two arms whose rankings this person's new lists are drafted from; empty when none are compared so."""
    drafted = [
        one
        for one in (running() if among is None else among)
        if one.design == Experiment.Design.INTERLEAVED and takes_part(one, person_id)
    ]
    return list(drafted[0].arms.all()) if drafted else []


def arm_for(person: User | None, surface: str, among: Sequence[Experiment] | None = None) -> Treatment:
    """What holds for this person on a surface: what is set for everybody, then their arms on top of it."""
    chosen = standing_tuning()
    if person is None:
        return chosen
    for arm in arms_for(person.pk, surface, among):
        chosen = arm.treatment.over(chosen)
    return chosen


def standing_tuning() -> Treatment:
    newest = Tuning.objects.filter(undone__isnull=True).first()
    return treatment_from(newest.settings) if newest else Treatment()


def saw(
    person: User, playlist: Playlist, seconds: float | None = None, among: Sequence[Experiment] | None = None
) -> None:
    """The person was shown this list: log the arms it stands for, once each.

    A list counts for the arms its policy names (one made before the experiment began, or changed since, is not what
    the arm makes); a page counts for the arm it is laid out by. ``seconds``: how long they waited for it.
    """
    among = running() if among is None else among
    made_by = set(playlist.policy.split("+")[1:])
    arms = [arm for arm in arms_for(person.pk, Experiment.Surface.LIST, among) if arm.mark in made_by]
    arms += arms_for(person.pk, Experiment.Surface.PAGE, among)
    seen: list[tuple[int, Arm | None]] = [(arm.experiment_id, arm) for arm in arms]
    contest = contest_for(person.pk, among)
    if contest and {arm.mark for arm in contest} <= made_by:
        seen.append((contest[0].experiment_id, None))
    for experiment, arm in seen:
        facts = {"arm": arm, "playlist": playlist, "seconds": seconds}
        with transaction.atomic():
            Exposure.objects.get_or_create(person=person, experiment_id=experiment, defaults=facts)
