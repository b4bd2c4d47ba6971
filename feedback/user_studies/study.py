"""Opening a study, inviting, taking part, closing: everything that writes."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from core.errors import BadInput, Conflict, NotFound
from core.schemas import ImageReading, load
from feedback.models.user_studies import Judgement, Participant, PeopleStudy, StudyTask
from feedback.treatments import treatment_from
from recommender import mapping
from recommender.models import Picture, Playlist, Track
from recommender.playlists.versions import publish
from recommender.ranking.pipeline import recommend

State = PeopleStudy.State
MOST_AT_ONCE = 100
COMPARABLE = ("reasoning", "weights")
"""What two lists of a study may differ in: the rest of a treatment shapes conversations, not single lists."""


class NotNow(Conflict):
    code = "study_state"
    message = "A study goes from draft to open to closed."


class DeadLink(NotFound):
    message = "This link does not work any more."
    hint = "Ask whoever sent it for a new one."


def checked_settings(settings: Any) -> dict[str, Any]:
    """Raises BadTreatment, and BadInput for what does not shape a single list."""
    treatment_from(settings)
    if wrong := sorted(set(settings) - set(COMPARABLE)):
        raise BadInput(f"A study cannot compare {', '.join(wrong)}.", hint=f"Use: {', '.join(COMPARABLE)}.")
    return dict(settings)


@transaction.atomic
def open_study(study: PeopleStudy, photos: Collection[Picture]) -> None:
    """Make both lists for each of the owner's photos, from tracks that everybody may see. Raises NotNow, BadInput."""
    for settings in (study.settings_a, study.settings_b):
        checked_settings(settings)
    if study.settings_a == study.settings_b:
        raise BadInput("Both lists would be made alike.", hint="Give A and B different settings.")
    read = [photo for photo in photos if photo.owner_id == study.owner_id and photo.reading]
    if not read:
        raise BadInput("Choose at least one photo of yours that has been read.", hint="Make a list from it first.")
    if not PeopleStudy.objects.filter(pk=study.pk, state=State.DRAFT).update(state=State.OPEN, opened=timezone.now()):
        raise NotNow
    for photo in read:
        lists = [_list_for(study, photo, settings) for settings in (study.settings_a, study.settings_b)]
        StudyTask.objects.create(study=study, picture=photo, list_a=lists[0], list_b=lists[1])
    study.refresh_from_db()


def _list_for(study: PeopleStudy, photo: Picture, settings: dict[str, Any]) -> Playlist:
    treatment = treatment_from(settings)
    brief = mapping.brief_for(
        load(ImageReading, photo.reading or {}), reasoning=treatment.reasoning or "hybrid", count=study.length
    )
    ranked = recommend(brief, None, weights=treatment.weights or None, seed=study.pk)
    if not ranked.tracks:
        raise BadInput("There are no tracks to make lists of.", hint="Add music to the shared catalogue first.")
    return publish(study.owner, brief, ranked, picture=photo, title=f"Study {study.pk}")


def close(study: PeopleStudy) -> None:
    """No answers are taken any more. Raises NotNow."""
    if not PeopleStudy.objects.filter(pk=study.pk, state=State.OPEN).update(state=State.CLOSED, closed=timezone.now()):
        raise NotNow
    study.refresh_from_db()


@transaction.atomic
def invite(study: PeopleStudy, count: int) -> list[Participant]:
    """New links, one for each person. Raises NotNow unless the study is open, BadInput for a count out of range."""
    if not 1 <= count <= MOST_AT_ONCE:
        raise BadInput(f"Make 1 to {MOST_AT_ONCE} links at once.")
    held = PeopleStudy.objects.select_for_update().get(pk=study.pk)
    if held.state != State.OPEN:
        raise NotNow
    last = held.participants.aggregate(last=Max("number"))["last"] or 0
    return Participant.objects.bulk_create(
        Participant(study=held, number=last + n, token=secrets.token_urlsafe(32)) for n in range(1, count + 1)
    )


def revoke(participant: Participant) -> None:
    """The link stops working; answers already given stay."""
    Participant.objects.filter(pk=participant.pk, revoked=None).update(revoked=timezone.now())


# --- taking part


def by_link(token: str) -> Participant:
    """Who holds this link. Raises DeadLink when it is unknown, revoked, or the study is not open."""
    found = Participant.objects.select_related("study").filter(token=token, revoked=None, study__state=State.OPEN)
    if (participant := found.first()) is None:
        raise DeadLink
    return participant


@dataclass(frozen=True)
class Shown:
    """A task as this participant sees it. ``sides``: "a" and "b", left first; ``done`` of ``total`` are judged."""

    task: StudyTask
    sides: tuple[str, str]
    done: int
    total: int

    @property
    def lists(self) -> list[tuple[str, list[Track]]]:
        """(place, tracks) left and right, without a word of which is which."""
        known = {"a": self.task.list_a, "b": self.task.list_b}
        return [(place, _tracks(known[side])) for place, side in zip(("left", "right"), self.sides, strict=True)]


def _tracks(playlist: Playlist) -> list[Track]:
    return [item.track for item in playlist.items.select_related("track").order_by("position")]


def next_task(participant: Participant) -> Shown | None:
    """The next photo to judge; None when all are."""
    tasks = ordered(participant, list(participant.study.tasks.select_related("picture", "list_a", "list_b")))
    judged = set(participant.judgements.values_list("task_id", flat=True))
    todo = [task for task in tasks if task.pk not in judged]
    if not todo:
        return None
    return Shown(task=todo[0], sides=sides(participant, todo[0]), done=len(judged), total=len(tasks))


def ordered(participant: Participant, tasks: Sequence[StudyTask]) -> list[StudyTask]:
    """In an order of the participant's own: random, and always the same."""
    return sorted(tasks, key=lambda task: _draw(participant, task, "order"))


def sides(participant: Participant, task: StudyTask) -> tuple[str, str]:
    """Which list stands left and which right: a coin for each participant and photo, always the same."""
    return ("a", "b") if int(_draw(participant, task, "side"), 16) % 2 else ("b", "a")


def _draw(participant: Participant, task: StudyTask, what: str) -> str:
    return hashlib.sha256(f"{participant.token}:{task.pk}:{what}".encode()).hexdigest()


def agree(participant: Participant) -> None:
    Participant.objects.filter(pk=participant.pk, consented=None).update(consented=timezone.now())


def judge(participant: Participant, task_id: int, choice: str, left: int, right: int) -> None:
    """Keep a judgement; the first one of a photo stands. ``choice``: left, right or even; ratings 1..5 of each side.

    Raises Conflict without consent, NotFound for a photo of another study, BadInput.
    """
    if participant.consented is None:
        raise Conflict("Please read and agree first.", hint="Open your link again.")
    task = StudyTask.objects.filter(pk=task_id, study=participant.study).first()
    if task is None:
        raise NotFound
    first, second = sides(participant, task)
    by_side = {"left": first, "right": second, "even": "even"}
    if choice not in by_side or not (1 <= left <= 5 and 1 <= right <= 5):
        raise BadInput("Choose a list, and rate both from 1 to 5.")
    ratings = {f"rating_{first}": left, f"rating_{second}": right}
    Judgement.objects.get_or_create(
        participant=participant, task=task, defaults={"choice": by_side[choice], "left": first, **ratings}
    )


def answer_usability(participant: Participant, answers: Sequence[int]) -> None:
    """Ten answers 1..5. Raises BadInput, and Conflict without consent."""
    if participant.consented is None:
        raise Conflict("Please read and agree first.", hint="Open your link again.")
    if len(answers) != 10 or not all(1 <= answer <= 5 for answer in answers):
        raise BadInput("Please answer all ten questions.")
    Participant.objects.filter(pk=participant.pk).update(usability=list(answers))


@transaction.atomic
def withdraw(participant: Participant) -> None:
    """Delete everything this participant said; the link can be used to begin again."""
    participant.judgements.all().delete()
    Participant.objects.filter(pk=participant.pk).update(consented=None, usability=[])
