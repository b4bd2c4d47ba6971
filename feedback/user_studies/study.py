"""Opening a study, inviting, taking part, closing: everything that writes."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from core.errors import BadInput, Conflict, NotFound
from core.schemas import ImageReading, load
from feedback.models.user_studies import Judgement, Participant, PeopleStudy, StudyTask
from feedback.user_studies import ways
from feedback.user_studies.ways import Songs, Way
from recommender.mapping.takes import seed_of
from recommender.models import Picture, Playlist, Track
from recommender.playlists.versions import publish

State = PeopleStudy.State
MOST_AT_ONCE = 100
LEAST_SONGS = 3


class NotNow(Conflict):
    code = "study_state"
    message = "A study goes from draft to open to closed."


class DeadLink(NotFound):
    message = "This link does not work any more."
    hint = "Ask whoever sent it for a new one."


@transaction.atomic
def open_study(
    study: PeopleStudy, photos: Collection[Picture], written: Mapping[str, Mapping[str, Songs]] | None = None
) -> None:
    """Make the lists for each of the owner's photos, from tracks that everybody may see. ``written``: by name of a list
    and of a photo, what somebody wrote down for it. Raises NotNow, BadInput."""
    usual, rivals = ways.checked_settings(study.settings_a), ways.rivals_of(study.settings_b)
    if ways.name_of(usual) in rivals:
        raise BadInput("Both lists would be made alike.", hint="Give A and B different settings.")
    if ways.is_written(usual):
        raise BadInput("List A is one that Dylumo makes.", hint="Put the list that somebody wrote into B.")
    read = [photo for photo in photos if photo.owner_id == study.owner_id and photo.reading]
    if not read:
        raise BadInput("Choose at least one photo of yours that has been read.", hint="Make a list from it first.")
    if not PeopleStudy.objects.filter(pk=study.pk, state=State.DRAFT).update(state=State.OPEN, opened=timezone.now()):
        raise NotNow
    for photo in read:
        for rival in rivals.values():
            _pair(study, photo, rival, written or {})
    # what people are asked about must be there as long as the study is
    Picture.objects.filter(pk__in=[photo.pk for photo in read]).update(expires=None)
    study.refresh_from_db()


def _pair(study: PeopleStudy, photo: Picture, rival: Way, written: Mapping[str, Mapping[str, Songs]]) -> None:
    """Both lists of a task, of one length: a longer one would tell which is which."""
    task = StudyTask(study=study, picture=photo, rival=ways.name_of(rival))
    length = study.length
    if ways.is_written(rival):
        task.written = [list(song) for song in written.get(task.rival, {}).get(photo.name, ())[:length]]
        length = len(task.written)
        if length < LEAST_SONGS:
            raise BadInput(
                f"The list “{task.rival}” has fewer than {LEAST_SONGS} songs for {photo}.",
                hint="Give a file with a line for each photo, or choose other photos.",
            )
    else:
        task.list_b = _list_for(study, photo, rival, length)
        length = task.list_b.items.count()
    task.list_a = _list_for(study, photo, study.settings_a, length)
    task.save()


def _list_for(study: PeopleStudy, photo: Picture, way: Way, count: int) -> Playlist:
    brief, ranked = ways.made(way, load(ImageReading, photo.reading or {}), count=count, seed=_seed(study, photo))
    if len(ranked.tracks) < LEAST_SONGS:
        raise BadInput("There are too few tracks to make lists of.", hint="Add music to the shared catalogue first.")
    return publish(study.owner, brief, ranked, picture=photo, title=f"Study {study.pk}")


def _seed(study: PeopleStudy, photo: Picture) -> int:
    return seed_of(study.pk, photo.sha256)


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
    def lists(self) -> list[tuple[str, list[Song]]]:
        """(place, songs) left and right, without a word of which is which."""
        first, other = _songs(self.task.list_a), [Song(*song) for song in self.task.written]
        if self.task.list_b:
            other = _songs(self.task.list_b)
        else:  # what can be heard on one side alone would tell which is which
            first = [replace(song, heard_as=None) for song in first]
        told = {"a": first, "b": other}
        return [(place, told[side]) for place, side in zip(("left", "right"), self.sides, strict=True)]


@dataclass(frozen=True)
class Song:
    """``heard_as``: the track that this project composed, which plays here."""

    title: str
    artist: str
    heard_as: int | None = None


def _songs(playlist: Playlist) -> list[Song]:
    tracks = [item.track for item in playlist.items.select_related("track").order_by("position")]
    return [
        Song(track.title, track.artist, track.pk if track.file and track.source == Track.Source.DEMO else None)
        for track in tracks
    ]


def tasks_of(participant: Participant) -> list[StudyTask]:
    """Each photo once, in the participant's own order: the same list beside two others would be known again. Which of
    the ways stands against it goes round, so that each is judged equally often."""
    photos: dict[UUID, list[StudyTask]] = {}
    for task in participant.study.tasks.select_related("picture", "list_a", "list_b"):
        photos.setdefault(task.picture_id, []).append(task)
    mine = [tasks[(participant.number + place) % len(tasks)] for place, tasks in enumerate(photos.values())]
    return ordered(participant, mine)


def next_task(participant: Participant) -> Shown | None:
    """The next photo to judge; None when all are."""
    tasks = tasks_of(participant)
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

    Raises Conflict without consent, NotFound for what this participant was not asked, BadInput.
    """
    if participant.consented is None:
        raise Conflict("Please read and agree first.", hint="Open your link again.")
    task = next((one for one in tasks_of(participant) if one.pk == task_id), None)
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
