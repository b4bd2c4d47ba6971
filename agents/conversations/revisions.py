"""Changing the shown list at once, in the web process, from stored vectors: chips, the map, swaps, order, undo, redo.

Every change is a new version of the list whose ``parent`` is the version before; undo walks up, redo walks to the
newest child. Raises ``turns.TurnOpen`` while a turn is at work, ``NoList`` when there is nothing to change.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from uuid import UUID

from django.db import transaction

from agents.conversations import resolving, scopes
from agents.conversations.chips import limit_chips
from agents.conversations.conversations import show
from agents.conversations.event_types import ListChanged
from agents.conversations.events import announce
from agents.conversations.sessions.listeners import listeners_of
from agents.conversations.turns import TurnOpen
from agents.models import Conversation, Turn
from core.errors import BadInput, Conflict
from core.schemas import MusicBrief, RankedList
from feedback.experiments.assignment import arm_for
from feedback.taste import context, group, list_actions, profile, take_choices
from feedback.taste.profile import Taste
from feedback.treatments import Treatment
from recommender import mapping
from recommender.library.service_streams import playing_here
from recommender.models import Playlist, Track
from recommender.playlists import versions
from recommender.playlists.titles import made_by_rule
from recommender.ranking.unmet import group_of

Change = Callable[[Playlist, MusicBrief, Taste | None, Treatment], tuple[MusicBrief, RankedList]]
"""From the shown list, its brief, the person's taste and what holds for them, to the next brief and list."""

Said = Callable[[Playlist, Playlist], None]
"""Keeps what the change from the shown version to the one that was made says of tracks."""


class NoTake(BadInput):
    code = "no_take"
    message = "There is no such way to hear this."
    hint = "Choose one of the ways shown above the list."


class NoList(Conflict):
    code = "no_list"
    message = "There is no list to change yet."
    hint = "Drop a photo or describe what you would like to hear."


class NotInList(BadInput):
    code = "not_in_list"
    message = "That track is not in the list that is shown."
    hint = "Reload the page: the list may have changed meanwhile."


class NoLimit(BadInput):
    code = "no_limit"
    message = "The list has no such limit."
    hint = "Reload the page: it may have been taken off already."


class NoOther(Conflict):
    code = "no_other"
    message = "No other track fits as well within your limits."
    hint = "Loosen a limit, or move the point on the map."


class ListMoved(Conflict):
    code = "list_moved"
    message = "The list has changed meanwhile."
    hint = "Ask again."


class NothingPlays(Conflict):
    code = "nothing_plays"
    message = "Nothing that plays here fits your limits."
    hint = "Loosen a limit, or add music of your own to your library."


class NoVersion(Conflict):
    code = "no_version"
    message = "There is no other version in that direction."
    hint = "Undo goes back one change, redo forward again."


def adjust(
    conversation: Conversation,
    *,
    valence: float | None = None,
    arousal: float | None = None,
    off: set[str] | None = None,
    moment: Sequence[str] = (),
) -> Playlist:
    """Re-rank for a moved point (0..1 each), the complete set of switched-off chips (``mood:joyful``), and what else
    the list is for from now on (names of ``feedback.taste.context``). Raises UnknownContext."""
    for name, value in (("valence", valence), ("arousal", arousal)):
        if value is not None and not 0.0 <= value <= 1.0:
            raise BadInput("The {name} must lie between 0 and 1.", code="off_the_map", told={"name": name})

    def change(
        _head: Playlist, brief: MusicBrief, liking: Taste | None, way: Treatment
    ) -> tuple[MusicBrief, RankedList]:
        chosen = context.named(moment)
        moved = mapping.adjust(brief, valence=valence, arousal=arousal, off=off)
        if chosen:
            # what is chosen is switched on
            left_off = set(moved.switched_off) - {f"now:{name}" for name in chosen}
            moved = mapping.adjust(moved, off=left_off)
            moved = context.in_moment(moved, chosen, context.learned_by(conversation.owner))
        return moved, _ranked(conversation, moved, liking, way)

    return _revise(conversation, "chips", change)


@transaction.atomic
def hear_as(conversation: Conversation, take: int, *, learn: bool = True) -> Playlist:
    """The same photo or words heard another way: one of the brief's takes, from 1. What the person chooses is learned
    from, unless it is not a person who chooses (``learn``). Raises NoTake."""

    def change(
        _head: Playlist, brief: MusicBrief, liking: Taste | None, way: Treatment
    ) -> tuple[MusicBrief, RankedList]:
        if not 0 < take <= len(brief.takes):
            raise NoTake
        heard = mapping.choose_take(brief, take)
        return heard, _ranked(conversation, heard, liking, way)

    def said(_shown: Playlist, made: Playlist) -> None:
        if learn:
            take_choices.chose(conversation.owner, made)

    return _revise(conversation, "take", change, said)


@transaction.atomic
def let_go(conversation: Conversation, limit: str) -> Playlist:
    """The list without one of its limits (a field of Limits; of a pair, both). Raises NoLimit."""

    def change(
        _head: Playlist, brief: MusicBrief, liking: Taste | None, way: Treatment
    ) -> tuple[MusicBrief, RankedList]:
        if limit not in {chip.limit for chip in limit_chips(brief.limits)}:
            raise NoLimit
        freed = replace(brief, limits=brief.limits.without(group_of(limit)))
        return freed, _ranked(conversation, freed, liking, way)

    return _revise(conversation, "limit", change)


@transaction.atomic
def by_the_clock(conversation: Conversation, on: bool) -> Playlist:
    """Let the person's clock count, in this list and from now on, or leave it and what was learned of moments out."""
    (context.resume if on else context.pause)(conversation.owner)

    def change(
        _head: Playlist, brief: MusicBrief, liking: Taste | None, way: Treatment
    ) -> tuple[MusicBrief, RankedList]:
        told = {shift.key for shift in brief.moment if context.GROUP_OF[shift.name] in ("time", "week")}
        off = set(brief.switched_off)
        moved = mapping.adjust(brief, off=off - told if on else off | told)
        if on:
            moved = context.in_moment(moved, context.clock(conversation.owner), context.learned_by(conversation.owner))
        return moved, _ranked(conversation, moved, liking, way)

    return _revise(conversation, "chips", change)


def rank_again(conversation: Conversation) -> Playlist:
    """The same wish, with what the person has said about tracks since."""

    def change(
        _head: Playlist, brief: MusicBrief, liking: Taste | None, way: Treatment
    ) -> tuple[MusicBrief, RankedList]:
        alone = not listeners_of(conversation)[0]
        return brief, _ranked(conversation, brief, liking, way, explore=way.exploring if alone else 0.0)

    return _revise(conversation, "taste", change)


def only_what_plays(conversation: Conversation) -> Playlist:
    """The same wish, from what plays here whole: files and the person's own server. Raises NothingPlays."""
    here = playing_here(conversation.owner)

    def change(
        _head: Playlist, brief: MusicBrief, liking: Taste | None, way: Treatment
    ) -> tuple[MusicBrief, RankedList]:
        ranked = _ranked(conversation, brief, liking, way, among=here)
        if not ranked.tracks:
            raise NothingPlays
        return brief, ranked

    return _revise(conversation, "plays", change)


def second_wave(conversation: Conversation, shown: UUID | None, change: Change) -> Playlist:
    """A version with what services had, where the version ``shown`` is the one it was asked for. Raises ListMoved, and
    whatever ``change`` raises."""

    def still(head: Playlist, brief: MusicBrief, liking: Taste | None, way: Treatment) -> tuple[MusicBrief, RankedList]:
        if head.pk != shown:
            raise ListMoved
        return change(head, brief, liking, way)

    return _revise(conversation, "services", still)


def _ranked(
    conversation: Conversation,
    brief: MusicBrief,
    liking: Taste | None,
    way: Treatment,
    *,
    explore: float = 0.0,
    among: Track.TrackQueries | None = None,
) -> RankedList:
    """``explore``: where the next list is asked for; a chip or the point moved back shall bring back what was there.
    ``among``: choose only from these."""
    scope = scopes.scope_of(conversation.within, conversation.mode)
    tracks = scope.tracks if among is None else among if scope.within is None else among.filter(pk__in=scope.within)
    without = {*profile.blocked(liking), *scope.without}
    ranked = group.recommend(
        brief,
        conversation.owner,
        exclude=without,
        scope=tracks,
        taste=liking,
        weights=way.weights,
        explore=explore,
    )
    return replace(ranked, policy=way.policy(ranked.policy))


def swap(conversation: Conversation, track_id: int) -> Playlist:
    """Put the next best track in place of one; the others stay where they are."""

    def change(
        head: Playlist, brief: MusicBrief, liking: Taste | None, way: Treatment
    ) -> tuple[MusicBrief, RankedList]:
        ids = _ids(head)
        if track_id not in ids:
            raise NotInList
        scope = scopes.scope_of(conversation.within, conversation.mode)
        avoid = {*_seen(conversation), *profile.blocked(liking), *scope.without}
        swapped = versions.swapped(
            head,
            brief,
            conversation.owner,
            track_id,
            avoid=avoid,
            scope=scope.tracks,
            taste=liking,
            weights=way.weights,
        )
        return brief, replace(swapped, policy=head.policy)  # one track does not make it another policy's list

    return _revise(
        conversation,
        "swap",
        change,
        lambda shown, made: list_actions.swapped(conversation.owner, shown, made, track_id),
    )


def arrange(conversation: Conversation, track_ids: Sequence[int]) -> Playlist:
    """The shown tracks in this order; those left out are removed."""

    def change(
        head: Playlist, brief: MusicBrief, _liking: Taste | None, _way: Treatment
    ) -> tuple[MusicBrief, RankedList]:
        if not set(track_ids) <= set(_ids(head)) or len(set(track_ids)) != len(track_ids):
            raise NotInList
        return brief, versions.arranged(head, track_ids)

    return _revise(
        conversation, "arrange", change, lambda shown, made: list_actions.arranged(conversation.owner, shown, made)
    )


def undo(conversation: Conversation) -> Playlist:
    return _step(conversation, back=True)


def redo(conversation: Conversation) -> Playlist:
    return _step(conversation, back=False)


def neighbour(conversation: Conversation, *, back: bool) -> Playlist | None:
    """The version before the shown one, or the newest made from it."""
    if conversation.head is None:
        return None
    return conversation.head.parent if back else conversation.head.children.order_by("-created").first()


@transaction.atomic
def _step(conversation: Conversation, *, back: bool) -> Playlist:
    conversation, turn = _locked(conversation)
    playlist, head = neighbour(conversation, back=back), conversation.head
    if playlist is None or head is None:
        raise NoVersion
    list_actions.stepped(conversation.owner, head if back else playlist, back=back)
    _show(conversation, turn, playlist, "undo" if back else "redo")
    return playlist


@transaction.atomic
def _revise(
    conversation: Conversation,
    by: str,
    change: Change,
    said: Said = lambda _shown, _made: None,
) -> Playlist:
    conversation, turn = _locked(conversation)
    head = conversation.head
    if head is None:
        raise NoList
    way = arm_for(conversation.owner, "list")
    others, method = listeners_of(conversation)
    liking = group.taste_of(conversation.owner, way.learner, others, method)
    before = head.music_brief
    brief, ranked = change(head, before, liking, way)
    # whatever the change: what was refused meanwhile is in no new version
    stayed = tuple(track for track in ranked.tracks if track.track_id not in profile.blocked(liking))
    playlist = versions.publish(
        conversation.owner,
        brief,
        replace(ranked, tracks=stayed),
        picture=head.picture,
        parent=head,
        before=versions.scored_tracks(head),
        named_as=None if by == "take" and made_by_rule(head) else head,
    )
    said(head, playlist)
    _show(conversation, turn, playlist, by)
    return playlist


def _locked(conversation: Conversation) -> tuple[Conversation, Turn]:
    conversation = (
        Conversation.objects.select_for_update(of=("self",)).select_related("head", "owner").get(pk=conversation.pk)
    )
    turn = conversation.turns.order_by("-number").first()
    if turn is None:
        raise NoList
    if turn.state in Turn.OPEN:
        raise TurnOpen
    return conversation, turn


def _show(conversation: Conversation, turn: Turn, playlist: Playlist, by: str) -> None:
    show(conversation, playlist, conversation.head)
    announce(turn, ListChanged(playlist=playlist.pk, number=playlist.number, by=by))
    resolving.ask_for(conversation, playlist)


def _ids(playlist: Playlist) -> list[int]:
    return list(playlist.items.order_by("position").values_list("track_id", flat=True))


def _seen(conversation: Conversation) -> set[int]:
    """Tracks of the versions before the shown one: a swap should not bring back what was just swapped away."""
    seen: set[int] = set()
    version = conversation.head
    while version is not None and len(seen) < 200:
        seen.update(_ids(version))
        version = version.parent
    return seen
