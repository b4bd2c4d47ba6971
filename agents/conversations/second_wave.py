"""Songs that services had of what the library lacks: asked for once the list stands, never before, and joined to it as
a version of its own, with a word in the talk.

A turn notes what is missing (``agents.seeking``) and ends; a worker asks later, and nothing of the turn waits for it. A
list that the person has changed meanwhile is left alone: what was found is offered instead.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from celery import current_app
from django.core.cache import cache
from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from accounts.models import User
from agents.conversations import changes, revisions, scopes
from agents.conversations.event_types import SecondWave
from agents.conversations.events import announce
from agents.conversations.turns import TurnOpen
from agents.models import Conversation, Turn
from agents.planner import Situation
from agents.replies import speaking
from agents.seeking import Seek
from core.schemas import Limits, MusicBrief, RankedList, ScoredTrack, dump, load
from core.wording import listed
from feedback.taste import group, profile
from feedback.taste.profile import Taste
from feedback.treatments import Treatment
from recommender.library import service_finds
from recommender.library.service_finds import Search
from recommender.models import Playlist
from recommender.playlists import versions
from recommender.ranking import filters
from recommender.ranking.filters import Facts
from recommender.services.protocol import FoundTrack, Unreachable
from recommender.services.registry import INFOS
from recommender.services.track_identity import same_artist

log = logging.getLogger("dylumo.services")

ASKED_AGAIN = 6 * 3600
"""Seconds for which the same is not asked for twice by one person."""
A_DAY = 24 * 3600
GUESTS_SHARE, PERSONS_SHARE = 10, 100
"""How often a day services are asked for a guest, and for a person with an account."""
LONGEST_CHIP = 80


class NothingJoins(Exception):
    """Nothing of what was found is to be in the list. ``there``: it all is already."""

    def __init__(self, *, there: bool = False) -> None:
        super().__init__()
        self.there = there


def enqueue(turn_id: str) -> None:
    """Raises kombu's OperationalError while the queue is down."""
    current_app.send_task("agents.tasks.second_wave", [turn_id])


def announced(turn: Turn, seek: Seek | None) -> str:
    """Note on the turn what services are to be asked for; the sentence that says so, empty where nobody is asked:
    nothing is missing, the conversation chooses from a playlist, or there is no service to ask."""
    if seek is None or turn.conversation.within is not None:
        return ""
    offers = service_finds.askable(turn.conversation.owner, seek.asks)
    if not offers:
        return ""
    steps = Turn.objects.values_list("steps", flat=True).get(pk=turn.pk)
    Turn.objects.filter(pk=turn.pk, attempts=turn.attempts).update(steps={**steps, "seek": dump(seek)})
    asking = _("Asking {services} for it now.").format(services=listed([offer.info.title for offer in offers]))
    return asking if seek.said else ""


def ask_for(turn: Turn) -> None:
    """Have services asked for what the turn noted, once it has ended. A queue that is down costs the list nothing."""

    def send() -> None:
        try:
            enqueue(str(turn.pk))
        except (OperationalError, RedisError, OSError) as error:
            log.warning("no second wave for %s: %s", turn.pk, type(error).__name__)

    if Turn.objects.filter(pk=turn.pk, state=Turn.State.DONE, steps__has_key="seek").exists():
        transaction.on_commit(send)


def bring(turn_id: UUID) -> None:
    """Ask for what the turn's list lacks, and let what is found join it. Again is nothing."""
    turns = Turn.objects.select_related("conversation__owner", "conversation__within")
    turn = turns.filter(pk=turn_id, state=Turn.State.DONE, steps__has_key="seek").first()
    if turn is None or "wave" in (turn.verdict or {}):
        return
    seek = load(Seek, turn.steps["seek"])
    try:
        with speaking(seek.decision.words):
            _bring(turn, seek)
    except ObjectDoesNotExist:
        log.info("turn %s was deleted before its second wave came", turn_id)


def _bring(turn: Turn, seek: Seek) -> None:
    owner = turn.conversation.owner
    asked_before = _asked_before(owner, seek)
    if not asked_before and not _within_quota(owner):
        more = _("With an account you may ask for more.") if owner.is_guest else _("Tomorrow it goes on.")
        spent = _("Music services were asked often enough for you today.")
        if seek.said:
            _tell(turn, Word(f"{spent} {more}"))
        return
    offers = [] if asked_before else service_finds.askable(owner, seek.asks)
    search = service_finds.search(offers, seek.asks, seek.wanted)
    kept = service_finds.keep(owner, search.found) if search.found else {}
    if not search.failed:
        _remember(owner, seek)
    try:
        with transaction.atomic():
            playlist, joined = _joined(turn, seek, kept)
            _tell(turn, _word(owner, seek, search, joined=joined), playlist, joined)
            return
    except (revisions.ListMoved, revisions.NoList, TurnOpen):
        word = _word(owner, seek, search, offered=kept, again=turn.text)
    except NothingJoins as nothing:
        word = _word(owner, seek, search, there=nothing.there)
    if seek.said:
        _tell(turn, word)


def _joined(turn: Turn, seek: Seek, kept: Mapping[int, FoundTrack]) -> tuple[Playlist, dict[int, FoundTrack]]:
    """The version with what was found, and what of it is new there. Raises ListMoved, TurnOpen, NothingJoins."""
    if not kept:
        raise NothingJoins
    conversation, seek = turn.conversation, _as_credited(seek, kept)
    make = _again if seek.decision.kind == "change" else _whole
    joined: dict[int, FoundTrack] = {}

    def change(
        head: Playlist, _before: MusicBrief, liking: Taste | None, way: Treatment
    ) -> tuple[MusicBrief, RankedList]:
        brief, ranked = make(conversation, seek, head, liking, way)
        there = set(head.items.values_list("track_id", flat=True))
        new = [one.track_id for one in ranked.tracks if one.track_id in kept and one.track_id not in there]
        if not new:
            raise NothingJoins(there=kept.keys() <= there)
        joined.update({one: kept[one] for one in new})
        return brief, replace(ranked, tracks=tuple(_marked(track, joined) for track in ranked.tracks))

    return revisions.second_wave(conversation, turn.playlist_id, change), joined


def _again(
    conversation: Conversation, seek: Seek, head: Playlist, liking: Taste | None, way: Treatment
) -> tuple[MusicBrief, RankedList]:
    """The change of certain tracks once more, with what there is now."""
    scope = scopes.scope_of(conversation.within, conversation.mode)
    choose = changes.chooser(
        conversation.owner, scope=scope.tracks, without=scope.without, liking=liking, weights=way.weights
    )
    situation = Situation(shown=versions.scored_tracks(head), brief=head.music_brief)
    outcome = changes.change(seek.decision, situation, choose)
    if outcome.brief is None or outcome.ranked is None:
        raise NothingJoins
    return outcome.brief, outcome.ranked


def _whole(
    conversation: Conversation, seek: Seek, head: Playlist, liking: Taste | None, way: Treatment
) -> tuple[MusicBrief, RankedList]:
    """The list that the turn would have made, had this been here."""
    brief = seek.brief or head.music_brief
    scope = scopes.scope_of(conversation.within, conversation.mode)
    shown = list(head.items.order_by("position").values_list("track_id", flat=True))
    ranked = group.recommend(
        brief,
        conversation.owner,
        exclude={*seek.decision.drop, *profile.blocked(liking), *scope.without},
        keep=shown if seek.keeping else seek.decision.keep,
        stay=shown,
        scope=scope.tracks,
        taste=liking,
        weights=way.weights,
        explore=0.0,
    )
    return brief, replace(ranked, policy=way.policy(ranked.policy))


def _as_credited(seek: Seek, kept: Mapping[int, FoundTrack]) -> Seek:
    """With the artists asked for as services spell them, where that is another way."""
    only = Limits(include_artists=seek.names)
    spelled = [
        one.artist
        for one in kept.values()
        if any(same_artist(name, one.artist) for name in seek.names)
        and filters.broken(only, Facts(title=one.title, artist=one.artist))
    ]

    def also(limits: Limits) -> Limits:
        names = limits.include_artists
        return replace(limits, include_artists=tuple(dict.fromkeys((*names, *spelled)))) if names else limits

    words, brief = seek.decision.words, seek.brief
    words = replace(words, limits=also(words.limits)) if words else None
    brief = replace(brief, limits=also(brief.limits)) if brief else None
    return replace(seek, decision=replace(seek.decision, words=words), brief=brief)


def _marked(track: ScoredTrack, joined: Mapping[int, FoundTrack]) -> ScoredTrack:
    if track.track_id not in joined:
        return track
    found = _("Found on {service}.").format(service=INFOS[joined[track.track_id].service].title)
    return replace(track, reason=f"{found} {track.because}".strip(), wording=None)


# --- what is said of it


@dataclass(frozen=True)
class Word:
    """What the talk says of it; ``chips``: what may be answered with one tap; ``look``: what the search page may be
    asked for; ``apart``: the connected services that only it asks."""

    text: str
    chips: tuple[str, ...] = ()
    look: str = ""
    apart: tuple[str, ...] = ()


def _word(
    owner: User,
    seek: Seek,
    search: Search,
    *,
    joined: Mapping[int, FoundTrack] | None = None,
    offered: Mapping[int, FoundTrack] | None = None,
    again: str = "",
    there: bool = False,
) -> Word:
    names = listed(seek.names)
    apart = tuple(info.title for info in service_finds.searched_apart(owner)) if names else ()
    failed = [INFOS[name].title for name in search.failed]
    trouble = _("{services} could not be asked.").format(services=listed(failed)) if failed else ""
    told = [_found(joined or offered or {}, names)] if joined or offered else [_none(seek, search, names, there)]
    chips: tuple[str, ...] = ()
    if offered and again:
        told.append(_("The list has changed meanwhile; ask again to have them."))
        chips = (again,) if len(again) <= LONGEST_CHIP else ()
    if trouble and (search.answered or not told[0]):
        told.append(trouble)
    return Word(" ".join(filter(None, told)), chips, names, apart)


def _found(found: Mapping[int, FoundTrack], names: str) -> str:
    services = listed(list(dict.fromkeys(INFOS[one.service].title for one in found.values())))
    if not names:
        return ngettext(
            "Found {count} more song on {services}.", "Found {count} more songs on {services}.", len(found)
        ).format(count=len(found), services=services)
    return ngettext(
        "Found {count} song by {names} on {services}.", "Found {count} songs by {names} on {services}.", len(found)
    ).format(count=len(found), names=names, services=services)


def _none(seek: Seek, search: Search, names: str, there: bool) -> str:
    """That nothing came, and why: no service is there, none has it, or it does not fit."""
    if search.failed and not search.answered:
        if all(isinstance(error, Unreachable) for error in search.failed.values()):
            if seek.ways:
                near = _("No music service can be reached, so the list stays; the nearest here is “{way}”.")
                return near.format(way=seek.ways[0])
            return _("No music service can be reached, so the list stays as it is.")
        return ""
    services = listed([INFOS[name].title for name in search.answered])
    if there:
        return _("No more of that on {services}.").format(services=services)
    if search.found:
        return _("Nothing that {services} had keeps all of your limits, so the list stays.").format(services=services)
    if not search.answered:
        return _("Music services were asked for that a while ago and had no more.")
    if names:
        return _("Nothing by {names} on {services}.").format(names=names, services=services)
    return _("Nothing of that kind on {services}.").format(services=services)


@transaction.atomic
def _tell(
    turn: Turn, word: Word, playlist: Playlist | None = None, joined: Mapping[int, FoundTrack] | None = None
) -> None:
    """Keep it with the turn, once, and tell the open pages."""
    row = Turn.objects.select_for_update(no_key=True).get(pk=turn.pk)
    if not word.text or "wave" in (row.verdict or {}):
        return
    found = [{"track": pk, "service": one.service} for pk, one in (joined or {}).items()]
    wave: dict[str, Any] = {"text": word.text, "chips": list(word.chips), "look": word.look, "apart": list(word.apart)}
    row.verdict = {**(row.verdict or {}), "wave": {**wave, "found": found, "at": timezone.now().isoformat()}}
    if agent := row.steps.get("agents", {}).get("recommendation"):
        agent["summary"] = f"{agent.get('summary', '').rstrip('.')}. {word.text}".lstrip(". ")
    row.save(update_fields=["verdict", "steps"])
    announce(
        turn,
        SecondWave(text=word.text, playlist=playlist.pk if playlist else None, tracks=tuple(joined or ())),
    )


# --- how often


def _key(person: User, seek: Seek) -> str:
    asks = repr(seek.asks).lower()
    return f"second-wave:{person.pk}:{hashlib.sha256(asks.encode()).hexdigest()[:32]}"


def _asked_before(person: User, seek: Seek) -> bool:
    try:
        return cache.get(_key(person, seek)) is not None
    except (RedisError, OSError):
        return False


def _remember(person: User, seek: Seek) -> None:
    try:
        cache.set(_key(person, seek), 1, ASKED_AGAIN)
    except (RedisError, OSError) as error:
        log.warning("a second wave may be asked for again: %s", type(error).__name__)


def _within_quota(person: User) -> bool:
    """Count one more. While the cache is away nobody is counted."""
    key = f"second-waves:{person.pk}:{timezone.now():%Y-%m-%d}"
    try:
        cache.add(key, 0, A_DAY)
        return cache.incr(key) <= (GUESTS_SHARE if person.is_guest else PERSONS_SHARE)
    except (RedisError, OSError, ValueError):
        return True
