"""An experiment's life: draft -> running -> stopped -> decided. Every step is one conditional UPDATE."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from accounts.models import User
from core.errors import BadInput, Conflict
from feedback.models.experiments import BUCKETS, Arm, Experiment, Tuning
from feedback.treatments import ON_PAGE, BadTreatment, treatment_from

State = Experiment.State


class NotNow(Conflict):
    code = "not_in_this_state"
    message = "The experiment is not in a state for that."
    hint = "It goes from draft to running to stopped to decided."


class NotReady(BadInput):
    code = "not_ready"
    message = "This experiment cannot start yet."


class LayerFull(BadInput):
    code = "layer_full"
    message = "The other experiments of this layer leave too few people."
    hint = "Lower the traffic, or wait until one of them has stopped."


@transaction.atomic
def draft(name: str, question: str, settings: Mapping[str, Any]) -> Experiment:
    """A two-armed draft: the usual way against these settings. The name is made unique."""
    treatment = treatment_from(settings)
    surface = Experiment.Surface.LIST if treatment.touches_lists() else Experiment.Surface.PAGE
    name = slugify(name)[:32].strip("-") or "experiment"
    taken = set(Experiment.objects.filter(name__startswith=name).values_list("name", flat=True))
    free = next(one for n in range(1, len(taken) + 2) if (one := f"{name}-{n}" if n > 1 else name) not in taken)
    made = Experiment.objects.create(
        name=free, question=question[:300], surface=surface, guardrails=["skips", "refusals"]
    )
    Arm.objects.create(experiment=made, name="usual", control=True)
    Arm.objects.create(experiment=made, name="changed", settings=dict(settings))
    return made


@transaction.atomic
def start(experiment: Experiment) -> None:
    """draft -> running. Raises NotReady with what is missing, LayerFull, NotNow."""
    found = Experiment.objects.select_for_update().get(pk=experiment.pk)
    _check(found)
    changes = {"salt": found.salt or secrets.token_hex(8), "first_bucket": _free_stretch(found)}
    moved = Experiment.objects.filter(pk=found.pk, state=State.DRAFT)
    if not moved.update(state=State.RUNNING, started=timezone.now(), **changes):
        raise NotNow


def _check(experiment: Experiment) -> None:
    arms = experiment.arms_in_order()
    if len(arms) < 2:
        raise NotReady("It needs at least two arms.", hint="Add one to compare with.")
    if not arms[0].control:
        raise NotReady("One arm must be the control.", hint="Tick the one that the others are compared with.")
    if experiment.design == "interleaved" and (len(arms) != 2 or experiment.surface != "list"):
        raise NotReady("A draft is made of two rankings.", hint="Give it two arms that change what is chosen.")
    for arm in arms:
        try:
            treatment = arm.treatment
        except BadInput as error:
            raise BadTreatment(f"Arm {arm.name}: {error.message}", hint=error.hint) from error
        misplaced = treatment.template if experiment.surface == "list" else treatment.touches_lists()
        if misplaced:
            raise NotReady(
                f"Arm {arm.name} changes something that is not on this surface.",
                hint=f"On a page only {', '.join(ON_PAGE)} can differ; in what is chosen, everything else.",
            )
    if len({str(sorted(arm.settings.items())) for arm in arms}) < len(arms):
        raise NotReady("Two arms are the same.", hint="Each arm must do something differently.")


def _free_stretch(experiment: Experiment) -> int:
    """The first bucket of a stretch of the layer that nobody runs on. Without a layer every experiment has all."""
    if not experiment.layer:
        return 0
    # the layer's running experiments are locked, so that two starts cannot take the same stretch
    others = Experiment.objects.select_for_update().filter(layer=experiment.layer, state=State.RUNNING)
    wanted, at = round(experiment.traffic * BUCKETS), 0
    for other in sorted(others, key=lambda one: one.first_bucket):
        if other.first_bucket - at >= wanted:
            break
        at = other.buckets.stop
    if at + wanted > BUCKETS:
        raise LayerFull
    return at


def stop(experiment: Experiment) -> None:
    """running -> stopped: everybody gets the usual way again; what was seen still counts."""
    running = Experiment.objects.filter(pk=experiment.pk, state=State.RUNNING)
    if not running.update(state=State.STOPPED, stopped=timezone.now()):
        raise NotNow


@transaction.atomic
def decide(experiment: Experiment, decision: str, *, adopt: Arm | None = None, by: User | None = None) -> None:
    """stopped -> decided, in words; ``adopt``: this arm's settings become those of everybody."""
    if not decision.strip():
        raise BadInput("Say in a sentence what was decided.", code="no_decision")
    stopped = Experiment.objects.filter(pk=experiment.pk, state=State.STOPPED)
    if not stopped.update(state=State.DECIDED, decided=timezone.now(), decision=decision.strip()[:300]):
        raise NotNow
    if adopt is not None and adopt.settings:
        tune(adopt.settings, f"{experiment.name}: {decision}", by)


def tune(settings: Mapping[str, Any], why: str, by: User | None) -> Tuning:
    """Set something for everybody, on top of what is set already. Raises BadTreatment."""
    treatment_from(settings)
    before = Tuning.objects.filter(undone__isnull=True).first()
    merged = {**(before.settings if before else {}), **settings}
    if before and "weights" in before.settings and "weights" in settings:
        merged["weights"] = {**before.settings["weights"], **settings["weights"]}
    return Tuning.objects.create(settings=merged, why=why[:300], by=by)


def untune(tuning: Tuning) -> None:
    """Take a setting back; the one before it counts again. Twice is the same as once."""
    Tuning.objects.filter(pk=tuning.pk, undone__isnull=True).update(undone=timezone.now())
