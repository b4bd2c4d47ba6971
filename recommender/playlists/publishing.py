"""Giving a list back: a draft to review, each track resolved to one that the service can play, and the saving.

The states of a ``Delivery``: draft -> creating -> filling -> done | partial; partial -> filling when the rest is tried
again. A service may do what was asked and its answer be lost, or the worker may be killed in between; so nothing is
asked for twice without looking first. Before the playlist is asked for, the ids of those with the same title are
written down; one that is there afterwards and was not before is ours. Its id is kept before any track is added, and
before tracks are added what is there already is read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote_plus

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from accounts.models import User
from core.errors import Conflict, DylumoError, NotFound
from recommender.library.importers.service_library import later_for
from recommender.library.jobs import state as jobs
from recommender.library.jobs.report import Outcome
from recommender.library.jobs.state import Progress
from recommender.library.matching.service_tracks import to_found_track
from recommender.models import Delivery, DeliveryItem, LibraryJob, Playlist, ServiceTrack, Track, TrackLink
from recommender.services import registry, track_identity
from recommender.services.protocol import (
    FoundPlaylist,
    FoundTrack,
    MusicService,
    NotOffered,
    Query,
    Refused,
    ServiceError,
    Vanished,
)

State = Delivery.State
ItemState = DeliveryItem.State
OTHERS = 4
SEARCHED = 8
NEXT_OPEN = (ItemState.FOUND, ItemState.REFUSED)


class NotADraft(Conflict):
    code = "not_a_draft"
    message = "This list is already being saved."
    hint = "Change the list and save the new version instead."


class NothingToSave(Conflict):
    code = "nothing_to_save"
    message = "None of these tracks was found on that service."
    hint = "Choose another recording for some of them, or take the list along as links or a file."


@transaction.atomic
def draft(person: User, playlist: Playlist, service: str) -> Delivery:
    """The draft of this version of a list for a service; the same one when there is one already."""
    found: Delivery | None = Delivery.objects.filter(playlist=playlist, service=service).first()
    if found:
        return found
    try:
        with transaction.atomic():
            made = Delivery.objects.create(
                owner=person, playlist=playlist, service=service, title=playlist.called[:200]
            )
    except IntegrityError:  # asked for twice at once
        return Delivery.objects.get(playlist=playlist, service=service)
    items = playlist.items.order_by("position").values_list("track_id", flat=True)
    DeliveryItem.objects.bulk_create(
        DeliveryItem(delivery=made, track_id=track, position=place) for place, track in enumerate(items)
    )
    return made


def resolve(delivery: Delivery, service: MusicService) -> None:
    """Find each open track of the draft on the service: by what is known of it there, by its code, by its names.

    A track that cannot be looked up now stays open. Raises ServiceError when the service is out of reach.
    """
    known = known_there(delivery)
    for item in delivery.items.filter(state=ItemState.OPEN).select_related("track"):
        if item.track_id in known:
            external_id, url = known[item.track_id]
            item.external_id, item.url, item.state = external_id, url, ItemState.FOUND
            item.name = _name(item.track.artist, item.track.title)
        else:
            _choose(item, _searched(item.track, service))
        item.save()


def known_there(delivery: Delivery) -> dict[int, tuple[str, str]]:
    """``{track id: (external id, url)}`` of the list's tracks that came from this service, or link to it."""
    ids = list(delivery.items.values_list("track_id", flat=True))
    links = TrackLink.objects.filter(track_id__in=ids, service=delivery.service, owner=None)
    told = ServiceTrack.objects.filter(owner=delivery.owner, service=delivery.service, track_id__in=ids)
    return {
        track: (external_id, url)
        for rows in (links, told)
        for track, external_id, url in rows.values_list("track_id", "external_id", "url")
    }


def _searched(track: Track, service: MusicService) -> Sequence[FoundTrack]:
    can = service.info.can
    if can.by_isrc and track.isrc and (found := service.search(Query(isrc=track.isrc, limit=SEARCHED))):
        return found
    if not can.search:
        return ()
    found = service.search(Query(words=f"{track.artist} {track.title}".strip(), limit=SEARCHED))
    return found or service.search(Query(words=track.title, limit=SEARCHED))


def _choose(item: DeliveryItem, found: Sequence[FoundTrack]) -> None:
    """The surest of what was found, and the others to choose from; MISSING when none is surely the same."""
    usable = [one for one in found if one.playable is not False]
    sure = {one.external_id: _sureness(one, item.track) for one in usable}
    usable.sort(key=lambda one: -sure[one.external_id])
    item.others = [_told(one) for one in usable[: OTHERS + 1]]
    if usable and sure[usable[0].external_id] > 0:
        pick(item, usable[0].external_id)
    else:
        item.state = ItemState.MISSING


def _sureness(found: FoundTrack, track: Track) -> float:
    """0..1 that it is the same recording; a remaster of it counts half, another version not at all."""
    verdict = track_identity.compare(found, to_found_track(track))
    if verdict.kind is track_identity.Kind.SAME:
        return verdict.confidence
    close = verdict.kind is track_identity.Kind.VERSION and verdict.differs <= track_identity.CLOSE
    return verdict.confidence / 2 if close else 0.0


def _told(found: FoundTrack) -> dict[str, str]:
    name = _name(found.artist, found.title)
    return {"external_id": found.external_id, "name": name, "url": found.url, "album": found.album}


def _name(artist: str, title: str) -> str:
    return f"{artist} - {title}" if artist else title


def pick(item: DeliveryItem, external_id: str) -> None:
    """Take this one of the candidates for the item (not saved); raises NotFound for what was not offered."""
    one = next((one for one in item.others if one["external_id"] == external_id), None)
    if one is None:
        raise NotFound("That recording was not among the candidates.")
    item.external_id, item.name, item.url, item.state = external_id, one["name"], one["url"], ItemState.FOUND


def change(delivery: Delivery, item_id: int, what: str) -> None:
    """Change a draft: ``what`` is ``up``, ``down``, ``out``, ``in``, or the external id of another candidate."""
    if delivery.state != State.DRAFT:
        raise NotADraft
    with transaction.atomic():
        items = list(delivery.items.select_for_update().order_by("position"))
        place = next((n for n, item in enumerate(items) if item.pk == item_id), None)
        if place is None:
            raise NotFound("That track is not in this draft.")
        item = items[place]
        if what in ("up", "down"):
            order(delivery, [one.pk for one in _moved(items, place, -1 if what == "up" else 1)])
        elif what == "out":
            item.state = ItemState.LEFT_OUT
            item.save(update_fields=["state"])
        elif what == "in":
            item.state = ItemState.FOUND if item.external_id else ItemState.MISSING
            item.save(update_fields=["state"])
        else:
            pick(item, what)
            item.save()


def _moved(items: list[DeliveryItem], place: int, by: int) -> list[DeliveryItem]:
    to = min(max(place + by, 0), len(items) - 1)
    rest = items[:place] + items[place + 1 :]
    return [*rest[:to], items[place], *rest[to:]]


@transaction.atomic
def order(delivery: Delivery, item_ids: Sequence[int]) -> None:
    """The draft's tracks in this order; every one of them, once."""
    if delivery.state != State.DRAFT:
        raise NotADraft
    items = {item.pk: item for item in delivery.items.select_for_update()}
    if sorted(items) != sorted(item_ids):
        raise NotFound("These are not the tracks of this draft.", hint="Reload the page and try again.")
    shift = len(items)  # positions are unique at every moment: move out of the way first
    for base in (shift, 0):
        for place, pk in enumerate(item_ids):
            DeliveryItem.objects.filter(pk=pk).update(position=base + place)


def rename(delivery: Delivery, title: str) -> None:
    title = " ".join(title.split())[:200]
    if title and not Delivery.objects.filter(pk=delivery.pk, state=State.DRAFT).update(title=title):
        raise NotADraft


@transaction.atomic
def send(delivery: Delivery) -> None:
    """draft -> creating, or partial -> filling to try the rest again. A second press changes nothing. Starting the job
    is the caller's."""
    if not delivery.items.filter(state__in=[*NEXT_OPEN, ItemState.ADDED]).exists():
        raise NothingToSave
    if Delivery.objects.filter(pk=delivery.pk, state=State.PARTIAL).update(state=State.FILLING):
        delivery.items.filter(state=ItemState.REFUSED).update(state=ItemState.FOUND, note="")
    else:
        Delivery.objects.filter(pk=delivery.pk, state=State.DRAFT).update(state=State.CREATING)


def deliver_job(job: LibraryJob, progress: Progress) -> Outcome:
    """Do the delivery that a job names. Raises as ``deliver``."""
    delivery = Delivery.objects.visible_to(job.owner).get(pk=job.argument)
    return deliver(delivery, registry.service_for(delivery.owner, delivery.service), job, progress)


def deliver(delivery: Delivery, service: MusicService, job: LibraryJob, progress: Progress) -> Outcome:
    """Do what is left of a delivery. Raises ``Later`` when the service asks to wait, ServiceError, Cancelled, Lost."""
    ordered = True
    try:
        if delivery.state == State.CREATING:
            _make(delivery, service)
        if delivery.state == State.FILLING:
            ordered = _fill(delivery, service, progress)
    except ServiceError as error:
        tries = int(job.checkpoint.get("tries", 0))
        if later := later_for(error, tries):
            jobs.save_checkpoint(job, {"tries": tries + 1})
            raise later from error
        raise
    states = Counter(delivery.items.values_list("state", flat=True))
    outcome = Outcome(read=sum(states.values()), added=states[ItemState.ADDED])
    for state in (ItemState.MISSING, ItemState.REFUSED, ItemState.LEFT_OUT):
        if states[state]:
            outcome.skip(state.value, delivery.title, str(state.label), states[state])
    if not ordered:
        outcome.skip("order", delivery.title, "what was added late stands at its end: the service did not move it")
    return outcome


def _make(delivery: Delivery, service: MusicService) -> None:
    """creating -> filling, with the id of the one playlist that is ours."""
    if delivery.before is None:
        delivery.before = [one.external_id for one in _titled(service, delivery.title)]
        delivery.save(update_fields=["before"])
        ours = None
    else:  # it was asked for before; what came of that was not written down
        others = Delivery.objects.filter(owner=delivery.owner, service=delivery.service).exclude(external_id="")
        not_ours = {*delivery.before, *others.values_list("external_id", flat=True)}
        new = [one for one in _titled(service, delivery.title) if one.external_id not in not_ours]
        ours = new[0] if new else None
    if ours is None:
        try:
            songs = list(_open(delivery).values_list("external_id", flat=True))
            ours = service.create_playlist(delivery.title, "Made with Dylumo", songs)
        except (Refused, NotOffered):
            Delivery.objects.filter(pk=delivery.pk, state=State.CREATING).update(state=State.DRAFT, before=None)
            raise
    delivery.external_id, delivery.url, delivery.state = ours.external_id, ours.url, State.FILLING
    delivery.save(update_fields=["external_id", "url", "state"])


def _titled(service: MusicService, title: str) -> list[FoundPlaylist]:
    found, cursor = [], None
    while True:
        page = service.playlists(cursor)
        found += [one for one in page.items if one.title == title]
        if (cursor := page.cursor) is None:
            return found


def _fill(delivery: Delivery, service: MusicService, progress: Progress) -> bool:
    """filling -> done | partial: add what is wanted and not there yet, in order. False when what was added late could
    not be put at its place."""
    _note_what_is_there(delivery, service)
    late = delivery.items.filter(state=ItemState.ADDED).exists() and _open(delivery).exists()
    total = delivery.items.count()
    for batch in _batches(list(_open(delivery)), service.batch):
        progress.step(delivery.items.filter(state=ItemState.ADDED).count(), total)
        _add(delivery, service, batch)
    ordered = not late or _put_in_order(delivery, service)
    _cover(delivery, service)
    left = delivery.items.filter(state__in=[ItemState.REFUSED, ItemState.MISSING, ItemState.OPEN]).exists()
    delivery.state = State.PARTIAL if left else State.DONE
    delivery.save(update_fields=["state"])
    progress.step(total, total)
    return ordered


def _open(delivery: Delivery) -> QuerySet[DeliveryItem]:
    return delivery.items.filter(state=ItemState.FOUND).order_by("position")


def _batches(items: list[DeliveryItem], size: int) -> Iterator[list[DeliveryItem]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _note_what_is_there(delivery: Delivery, service: MusicService) -> None:
    """Items that the playlist holds already count as added, whatever became of the answer that said so."""
    there: Counter[str] = Counter()
    cursor = None
    while True:
        page = service.playlist_tracks(delivery.external_id, cursor)
        there.update(one.external_id for one in page.items)
        if (cursor := page.cursor) is None:
            break
    for item in delivery.items.filter(state__in=[ItemState.ADDED, ItemState.FOUND]).order_by("position"):
        state = ItemState.ADDED if there[item.external_id] > 0 else ItemState.FOUND
        there[item.external_id] -= 1
        if item.state != state:
            DeliveryItem.objects.filter(pk=item.pk).update(state=state)


def _add(delivery: Delivery, service: MusicService, batch: list[DeliveryItem]) -> None:
    """Add a batch; when the service refuses it, each of its tracks by itself, to learn which one it was."""
    try:
        service.add_tracks(delivery.external_id, [item.external_id for item in batch])
    except (Refused, Vanished) as error:
        if len(batch) > 1:
            for item in batch:
                _add(delivery, service, [item])
            return
        DeliveryItem.objects.filter(pk=batch[0].pk).update(state=ItemState.REFUSED, note=error.message[:300])
        return
    DeliveryItem.objects.filter(pk__in=[item.pk for item in batch]).update(state=ItemState.ADDED)


def _put_in_order(delivery: Delivery, service: MusicService) -> bool:
    """Whether what was added after the rest now stands where it belongs; a failure costs only the order."""
    if not service.info.can.order:
        return True  # it stands at the end, as it always did there
    added = delivery.items.filter(state=ItemState.ADDED).order_by("position")
    try:
        service.put_in_order(delivery.external_id, list(added.values_list("external_id", flat=True)))
    except ServiceError:
        return False
    return True


def _cover(delivery: Delivery, service: MusicService) -> None:
    """The list's photo as the playlist's picture, where the service takes one; a failure costs only the picture."""
    picture = delivery.playlist.picture
    if not service.info.can.cover or picture is None or delivery.cover:
        return
    try:
        with picture.thumbnail.open("rb") as stored:
            service.set_cover(delivery.external_id, stored.read())
        delivery.cover = "set"
    except (DylumoError, OSError):
        delivery.cover = "failed"
    delivery.save(update_fields=["cover"])


def links(playlist: Playlist) -> list[dict[str, Any]]:
    """Each track of a list with addresses to look it up by name where no link to it is known."""
    rows = []
    for item in playlist.items.select_related("track").prefetch_related("track__links").order_by("position"):
        asked = quote_plus(f"{item.track.artist} {item.track.title}".strip())
        known = {
            link.service: link.url
            for link in item.track.links.all()
            if link.url.startswith("https://") and link.owner_id in (None, playlist.owner_id)
        }
        searches = {name: address.format(words=asked) for name, address in LOOKUPS.items() if name not in known}
        rows.append({"track": item.track, "known": known, "searches": searches})
    return rows


LOOKUPS = {
    "spotify": "https://open.spotify.com/search/{words}",
    "youtube music": "https://music.youtube.com/search?q={words}",
    "soundcloud": "https://soundcloud.com/search/sounds?q={words}",
    "deezer": "https://www.deezer.com/search/{words}",
}
"""Pages where a person can look a track up by hand, for links that work without an account of ours."""
