"""New songs for a list by the calendar: asked for as a turn of its conversation, with undo like any other.

State machine (``Refresh.State``)::

    waiting -> running      its time has come, and a turn was asked
    running -> waiting      the turn has ended
    waiting -> paused       nobody looked at the last lists, or there is none
    paused  -> waiting      the person sets it again

Times that were missed while nothing ran here are made up for by one.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later
from django.utils.translation import override

from accounts.models import User
from accounts.timezones import local_time
from agents.conversations import conversations, turns
from agents.models import Conversation, Refresh, Turn
from core.errors import Conflict, DylumoError, TooMany
from recommender.models import PlaylistItem

WISH = later("New songs, please.")
"""What the turn says: all others leave, what the list is made for stays."""
AT = time(6)
"""The hour of the person's clock."""
LATER = timedelta(minutes=10)
"""After which it is tried again when the person has too much open."""
MOST = 10
MOST_AT_ONCE = 20
UNLOOKED = 3
"""So many lists that nobody looked at are enough."""
NOBODY_LOOKED = later("You had not looked at the last lists.")
REMEMBERED = 12
"""The songs of so many versions do not come again."""

State = Refresh.State


class TooManyRefreshes(TooMany):
    code = "too_many_refreshes"
    message = "New songs can be had for up to {most} lists."
    hint = "Turn it off for another list first."
    told = {"most": MOST}


class NoList(Conflict):
    code = "no_list"
    message = "There is no list here yet."
    hint = "Wait for the first one."


@transaction.atomic
def plan(conversation: Conversation, weekday: int, weeks: int = 1) -> Refresh:
    """From the next such day on, new songs come. Raises NoList, TooManyRefreshes."""
    if conversation.head_id is None:
        raise NoList
    person = User.objects.select_for_update(no_key=True).get(pk=conversation.owner_id)
    if Refresh.objects.filter(conversation__owner=person).exclude(conversation=conversation).count() >= MOST:
        raise TooManyRefreshes
    planned = {"weekday": weekday, "weeks": weeks, "next_at": next_time(person, weekday, timezone.now())}
    refresh, _created = Refresh.objects.update_or_create(
        conversation=conversation, defaults={**planned, "state": State.WAITING, "unlooked": 0, "note": ""}
    )
    return refresh


def take_off(conversation: Conversation) -> None:
    """No new songs come by themselves any more; a turn that was asked goes on."""
    Refresh.objects.filter(conversation=conversation).delete()


def next_time(person: User, weekday: int, after: datetime) -> datetime:
    """The first such day's hour after this moment, on the person's clock."""
    now = local_time(person, after)
    day = now.date() + timedelta(days=(weekday - now.weekday()) % 7)
    at = datetime.combine(day, AT, now.tzinfo)
    return at if at > now else at + timedelta(days=7)


def day_of(refresh: Refresh) -> str:
    """When the next ones come, on the person's clock: "4 December"."""
    return date_format(local_time(refresh.conversation.owner, refresh.next_at), _("j F"))


def sweep() -> int:
    """Note what came of turns that have ended, and ask for those whose time has come; how many were asked."""
    ended = Refresh.objects.filter(state=State.RUNNING).exclude(turn__state__in=Turn.OPEN)
    for refresh in ended.select_related("turn"):
        error = refresh.turn.error if refresh.turn and refresh.turn.state == Turn.State.FAILED else None
        note = error.get("message", "") if error else ""
        _mine(refresh, State.RUNNING).update(state=State.WAITING, note=note[:300])
    due = Refresh.objects.filter(
        state=State.WAITING, next_at__lte=timezone.now(), conversation__owner__is_active=True
    ).order_by("next_at")
    whole = due.select_related("conversation__owner", "turn__playlist")
    return sum(_ask(refresh) for refresh in whole[:MOST_AT_ONCE])


def already_given(turn: Turn) -> tuple[int, ...]:
    """The songs of the last versions, where this turn is the calendar's: they are not new."""
    conversation = turn.conversation
    if conversation.within_id or not Refresh.objects.filter(turn=turn).exists():
        return ()  # one playlist may hold too few to leave any out for long
    last = conversations.versions(conversation).order_by("-created")[:REMEMBERED]
    items = PlaylistItem.objects.filter(playlist__in=list(last))
    return tuple(items.order_by("track").values_list("track_id", flat=True).distinct())


@transaction.atomic
def _ask(refresh: Refresh) -> bool:
    """Whether a turn was asked."""
    now, person = timezone.now(), refresh.conversation.owner
    following = next_time(person, refresh.weekday, now) + timedelta(weeks=refresh.weeks - 1)
    mine = _mine(refresh, State.WAITING)
    if not mine.update(state=State.RUNNING, next_at=following):
        return False
    mine = _mine(refresh, State.RUNNING)
    last = refresh.turn.playlist if refresh.turn else None
    unlooked = refresh.unlooked + 1 if last and last.shown is None else 0
    if refresh.conversation.head_id is None or unlooked >= UNLOOKED:
        why = NOBODY_LOOKED if unlooked >= UNLOOKED else NoList.message
        mine.update(state=State.PAUSED, note=why)
        return False
    try:
        with transaction.atomic(), override(_language_of(refresh.conversation)):
            turn = turns.start(person, text=_(WISH), conversation=refresh.conversation, said_by=str(refresh))
            mine.update(turn=turn, unlooked=unlooked, note="")
    except DylumoError as error:
        mine.update(state=State.WAITING, next_at=now + LATER, note=error.message[:300])
        return False
    return True


def _language_of(conversation: Conversation) -> str:
    """That of the page on which something was last said here."""
    last = conversation.turns.exclude(language="").order_by("-number").values_list("language", flat=True).first()
    return last or settings.LANGUAGE_CODE


def _mine(refresh: Refresh, state: Refresh.State) -> models.QuerySet[Refresh]:
    return Refresh.objects.filter(pk=refresh.pk, state=state)
