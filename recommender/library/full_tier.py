"""The full tier's picture model by itself: when it is fetched, why it is not, and the owner's switch.

waiting (no list was made yet) -> fetching -> being made ready -> in use
fetching -> failed -> fetching (after ``AGAIN_AFTER``, from where it broke off)
waiting | fetching | failed -> off (the owner's switch) -> fetching (the switch again)
no memory | no room -> waiting, as soon as there is enough

Nothing is kept of it but the jobs: a cancelled one is the owner's no, which stands until the next one. The scheduler
calls ``tend``; the file work is ``perception.weights.hub``'s. A job of kind ``measure`` then puts the prompts into
vectors and measures the model on what rated photos there are; readers use it as soon as the former is done.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.utils import timezone

from core.errors import BadInput
from recommender.library.jobs import runner, state
from recommender.models import LibraryJob, Playlist
from recommender.perception import zero_shot
from recommender.perception.images import clip, clip_heads
from recommender.perception.weights import hub, loaders, memory

PICTURES = "pictures"
AGAIN_AFTER = timedelta(hours=1)
TIMES_ITS_SIZE = 2.5
"""The memory that a process takes for the model, in times the size of its weights: 2.2 while ViT-B-32 is loaded, 1.3
afterwards."""
SPARE_MEMORY = 2**30
"""To leave free for everything else."""

Jobs = LibraryJob.objects
Kind, State = LibraryJob.Kind, LibraryJob.State


class Stage(StrEnum):
    OWN = "own"
    IN_USE = "in use"
    READYING = "being made ready"
    FETCHING = "fetching"
    OFF = "off"
    NOT_WANTED = "not wanted"
    NO_MEMORY = "no memory"
    NO_ROOM = "no room"
    FAILED = "failed"
    WAITING = "waiting"


@dataclass(frozen=True)
class Standing:
    """Where it stands, in one sentence. ``bytes``: the size of the weights, ``done``: how many are here."""

    stage: Stage
    sentence: str
    bytes: int
    done: int = 0

    @property
    def switch(self) -> str:
        """What the owner may do: ``on``, ``off``, or nothing."""
        match self.stage:
            case Stage.FETCHING | Stage.WAITING | Stage.FAILED:
                return "off"
            case Stage.OFF | Stage.NOT_WANTED:
                return "on"
        return ""


def standing() -> Standing:
    """Looked up each time, without loading anything."""
    choice, job = clip.choice(), _latest()
    size = job.total if job and job.argument == PICTURES and job.total else clip.DEFAULT_BYTES
    if not choice.named_repository:
        told = told_of_measures(choice.space) if choice.local else ""
        return Standing(Stage.OWN, f"DYLUMO_CLIP_MODEL names it: nothing is fetched by itself. {told}".strip(), 0)
    if choice.snapshot and not zero_shot.ready(choice.space):
        return Standing(Stage.READYING, "It is here, and is being made ready in the background.", size, size)
    if choice.snapshot:
        return Standing(Stage.IN_USE, told_of_measures(choice.space), size, size)
    if job and job.state in state.OPEN:
        done = f"{_megabytes(job.done)} of " if job.done else ""
        return Standing(Stage.FETCHING, f"It is being fetched: {done}{_megabytes(size)}.", size, job.done)
    if job and job.state == State.CANCELLED and job.cancel_requested:
        return Standing(Stage.OFF, "It is switched off. What was fetched of it is kept.", size, job.done)
    if not (settings.FETCH_MODELS and settings.FETCH_FULL):
        return Standing(Stage.NOT_WANTED, "DYLUMO_FETCH_FULL or DYLUMO_FETCH_MODELS keeps it away.", size)
    if hindered := obstacle(size):
        return Standing(*hindered, size)
    if job and job.error and (due := _due_again(job)):
        minutes = max(1, round((due - timezone.now()).total_seconds() / 60))
        return Standing(Stage.FAILED, f"{job.error['message']} It is tried again in {minutes} minutes.", size, job.done)
    if not Playlist.objects.filter(owner__is_active=True).exists():
        return Standing(Stage.WAITING, "It is fetched in the background after the first list.", size)
    return Standing(Stage.WAITING, "It is fetched in the background in a moment.", size)


def obstacle(size: int) -> tuple[Stage, str] | None:
    """Why this machine is too small for a model with weights of ``size`` bytes; None when it is not."""
    needed = round(size * TIMES_ITS_SIZE * settings.MODEL_WORKERS) + SPARE_MEMORY
    if (free := memory.free()) < needed:
        told = f"There are {_gigabytes(free)} of memory free, and it wants {_gigabytes(needed)}"
        return Stage.NO_MEMORY, f"{told} for {settings.MODEL_WORKERS} worker(s): it is not fetched."
    place = loaders.model_folder()
    while not place.exists():
        place = place.parent
    if (room := shutil.disk_usage(place).free) < size + hub.SPARE_BYTES:
        told = f"There are {_gigabytes(room)} free on the disk, and it wants {_gigabytes(size + hub.SPARE_BYTES)}"
        return Stage.NO_ROOM, f"{told}: it is not fetched."
    return None


def tend() -> None:
    """Start what is due: fetching the model after the first list, or measuring it once it is here."""
    now = standing()
    if now.stage == Stage.WAITING and Playlist.objects.filter(owner__is_active=True).exists():
        runner.start(Kind.MODELS, PICTURES)
    elif now.stage in (Stage.IN_USE, Stage.READYING, Stage.OWN) and clip.on_disk():
        space = clip.choice().space
        last = Jobs.filter(kind=Kind.MEASURE, argument=space).order_by("-created").first()
        if last is None:
            due = not zero_shot.ready(space) or clip_heads.figures_of(space) is None
        else:  # measuring is tried once, being made ready until it is
            due = not (zero_shot.ready(space) or last.state in state.OPEN or _due_again(last))
        if due:
            runner.start(Kind.MEASURE, space)


def switch_on() -> LibraryJob:
    """Fetch it now, whether or not a list was made. Raises BadInput (``too_small``) where the machine is too small."""
    if hindered := obstacle(standing().bytes):
        raise BadInput(hindered[1], hint="bin/run models fetch full fetches it all the same.", code="too_small")
    return runner.start(Kind.MODELS, PICTURES)


def switch_off() -> LibraryJob:
    """Stop fetching, and do not begin by oneself again."""
    job, _ = state.open_job(Kind.MODELS, PICTURES)
    state.cancel(job)
    return job


def told_of_measures(space: str) -> str:
    """What the model is used for, and by which figures."""
    figures = clip_heads.figures_of(space)
    heads = clip_heads.heads_of(space)
    if figures is None:
        return (
            "It adds place, weather, company and the like. What a photo shows and how it feels is read by the "
            "built-in networks until it has been measured."
        )
    if heads is None or not figures.get("photos"):
        return (
            "It adds place, weather, company and the like. What a photo shows and how it feels is read by the "
            "built-in networks: there are no rated photos here to measure it on."
        )
    by_axis = ", ".join(
        f"{axis} by {'it' if trusted else 'the built-in networks'} ({figures[axis]['spearman']['value']:.2f} against "
        f"{usual:.2f})"
        for axis, trusted, usual in zip(("valence", "arousal"), heads.trusted, clip_heads.BUILT_IN, strict=True)
    )
    shown = "what it shows by both together" if heads.prompts else "what it shows by the built-in networks"
    return f"Measured on {figures['photos']} rated photos, a photo is read thus: {by_axis}, {shown}."


def _latest() -> LibraryJob | None:
    return Jobs.filter(kind=Kind.MODELS, argument__in=runner.FULL).order_by("-created").first()


def _due_again(job: LibraryJob) -> datetime | None:
    """When a failed job is tried again, while that lies ahead."""
    if job.state != State.FAILED or job.finished is None:
        return None
    due = job.finished + AGAIN_AFTER
    return due if due > timezone.now() else None


def _megabytes(count: int) -> str:
    return f"{count / 2**20:,.0f} MB"


def _gigabytes(count: int) -> str:
    return f"{count / 2**30:.1f} GB"
