"""Listening in step: what the host plays, and at which second everybody else should be; and the signs people send.

The host's page says what its player does; the last of it is kept with the server's time, so that whoever comes later
lands on the right second. Nothing of it is a numbered event: what was played a minute ago helps nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_noop as later
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from accounts.throttling import allowed_for
from agents.models import Conversation, Member, Playback, Session

CHEERS = {
    "heart": ("❤️", later("Love it")),
    "fire": ("🔥", later("Fire")),
    "dance": ("💃", later("Makes me dance")),
    "clap": ("👏", later("Applause")),
    "smile": ("😄", later("Makes me smile")),
}
"""The signs one may send, each with its name."""
LONGEST = 400
"""Characters of the longest message of a page."""
TOLD_A_MINUTE, CHEERS_A_MINUTE = 240, 40
"""How often one person's pages may say what plays, and send a sign."""
Frame = dict[str, Any]


def group_of(conversation_id: UUID) -> str:
    return f"together.{conversation_id}"


@dataclass(frozen=True)
class PlayerState:
    """A player at the moment ``at``. ``position``, ``duration``: seconds; a duration of 0 is not known."""

    position: float
    playing: bool
    at: datetime
    duration: float = 0.0


def position_at(state: PlayerState, now: datetime) -> float:
    """The second of the track at which this player is at ``now``: it runs on while it plays, never beyond the end, and
    never backwards where clocks disagree."""
    ran = max((now - state.at).total_seconds(), 0.0) if state.playing else 0.0
    reached = state.position + ran
    return min(reached, max(state.duration, state.position)) if state.duration > 0 else reached


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Plays(_Said):
    """What the host's player does. ``position`` in seconds; ``preview``: it plays only a preview of the track."""

    say: Literal["player"]
    track: int = Field(ge=1, lt=2**63)
    position: float = Field(ge=0, le=86_400, allow_inf_nan=False)
    playing: bool
    preview: bool = False


class Cheers(_Said):
    say: Literal["cheer"]
    cheer: Literal["heart", "fire", "dance", "clap", "smile"]


_SAID: TypeAdapter[Plays | Cheers] = TypeAdapter(Annotated[Plays | Cheers, Field(discriminator="say")])


def read(text: str) -> Plays | Cheers | None:
    """What a page said; None for anything that nobody says."""
    if len(text) > LONGEST:
        return None
    try:
        return _SAID.validate_json(text)
    except ValidationError:
        return None


def answer(said: Plays | Cheers, person_id: int, conversation_id: UUID) -> Frame | None:
    """Keep what the host plays; what everybody in the session is told of it, or None where nobody is."""
    session = Session.objects.live().filter(conversation=conversation_id).select_related("conversation").first()
    member = session.members.filter(person=person_id, left__isnull=True).first() if session else None
    if session is None or member is None:
        return None
    return _plays(said, session, member) if isinstance(said, Plays) else _cheers(said, member)


def _plays(said: Plays, session: Session, member: Member) -> Frame | None:
    conversation: Conversation = session.conversation
    if member.person_id != conversation.owner_id or not allowed_for(f"player:{member.person_id}", TOLD_A_MINUTE):
        return None
    if conversation.head is None or not conversation.head.items.filter(track=said.track).exists():
        return None
    kept = {"track_id": said.track, "position": said.position, "playing": said.playing, "preview": said.preview}
    Playback.objects.update_or_create(session=session, defaults=kept | {"at": timezone.now()})
    return state_of(conversation.pk)


def _cheers(said: Cheers, member: Member) -> Frame | None:
    if not allowed_for(f"cheer:{member.person_id}", CHEERS_A_MINUTE):
        return None
    return {"kind": "cheer", "cheer": said.cheer, "by": member.name}


def state_of(conversation_id: UUID) -> Frame | None:
    """What the host of the conversation's open session plays now, as it goes over the wire; None before anything was
    played."""
    open_now = Session.objects.live().filter(conversation=conversation_id)
    kept = Playback.objects.filter(session__in=open_now).select_related("track").first()
    if kept is None:
        return None
    state = PlayerState(kept.position, kept.playing, kept.at, kept.track.duration)
    return {
        "kind": "player",
        "track": kept.track_id,
        "position": round(position_at(state, timezone.now()), 3),
        "playing": kept.playing,
        "preview": kept.preview,
    }
