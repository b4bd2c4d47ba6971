"""Conversations and preferences as lines of JSON for research: of people who consented, under pseudonyms, without
photos, addresses, and anything that came from a music service."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import product
from typing import Any

from django.db.models import Q

from accounts.staff_access import consenting, pseudonym
from agents.models import Conversation, Turn
from feedback.models import Reaction
from recommender.models import Playlist, Track

KINDS = ("conversations", "preferences")
SERVICES = ("spotify", "youtube", "soundcloud")
"""A track known only by, or linked to, one of these is left out: its metadata is theirs."""
CHOSEN = (Reaction.Kind.LIKE,)
REJECTED = (Reaction.Kind.NOT_NOW, Reaction.Kind.NEVER_TRACK, Reaction.Kind.NEVER_ARTIST, Reaction.Kind.SKIPPED)
MOST_PAIRS = 20
"""A list."""

_TELLING = re.compile(
    r"(?P<mail>[\w.+-]+@[\w-]+\.[\w.-]+)|(?P<link>(?:https?://|www\.)\S+)|(?P<number>\+?\d[\d\s()/-]{6,}\d)"
)


def lines(kind: str) -> Iterator[dict[str, Any]]:
    """``kind``: one of ``KINDS``."""
    return {"conversations": conversations, "preferences": preferences}[kind]()


def as_text(kind: str) -> str:
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in lines(kind))


def conversations() -> Iterator[dict[str, Any]]:
    """``{person, messages: [{role, content}]}``: what was said since the consent was given, and answered."""
    for talk in Conversation.objects.filter(owner__in=consenting()).select_related("owner").order_by("created"):
        said = talk.turns.filter(state=Turn.State.DONE, created__gte=talk.owner.research_consent).exclude(text="")
        messages = [message for turn in said.select_related("playlist") for message in _exchange(turn)]
        if messages:
            yield {"person": pseudonym(talk.owner_id), "messages": messages}


def _exchange(turn: Turn) -> Iterator[dict[str, Any]]:
    yield {"role": "user", "content": without_identity(turn.text)}
    answer: dict[str, Any] = {"role": "assistant", "content": _answer(turn)}
    if turn.playlist:
        answer["brief"] = _brief(turn.playlist)
        answer["tracks"] = [_track(item.track) for item in _items(turn.playlist)]
    yield answer


def _answer(turn: Turn) -> str:
    """The answer, unless it may name a track that has to be left out."""
    if turn.playlist and turn.playlist.items.count() > len(_items(turn.playlist)):
        return ""
    return without_identity(turn.answer)


def preferences() -> Iterator[dict[str, Any]]:
    """``{person, brief, chosen, rejected}``: pairs of tracks of one list, of which one was liked and one was not."""
    owned = Playlist.objects.filter(owner__in=consenting(), reactions__isnull=False).distinct().select_related("owner")
    for playlist in owned.order_by("created"):
        told = Reaction.objects.standing().filter(playlist=playlist, owner_id=playlist.owner_id)
        said: dict[int, set[str]] = {}
        for track, kind in told.filter(created__gte=playlist.owner.research_consent).values_list("track_id", "kind"):
            said.setdefault(track, set()).add(kind)
        tracks = [item.track for item in _items(playlist)]
        liked = [track for track in tracks if said.get(track.pk, set()) & set(CHOSEN)]
        refused = [t for t in tracks if t not in liked and said.get(t.pk, set()) & set(REJECTED)]
        for chosen, rejected in list(product(liked, refused))[:MOST_PAIRS]:
            yield {
                "person": pseudonym(playlist.owner_id),
                "brief": _brief(playlist),
                "chosen": _track(chosen),
                "rejected": _track(rejected),
            }


def _items(playlist: Playlist) -> list[Any]:
    """The list's items whose tracks may be told: the shared catalogue's, and no service's."""
    own = Q(track__source=Track.Source.SERVICE) | Q(track__owner__isnull=False) | Q(track__links__service__in=SERVICES)
    return list(playlist.items.exclude(own).select_related("track__profile").order_by("position"))


def _brief(playlist: Playlist) -> dict[str, Any]:
    """What was looked for, in the vocabulary's own words."""
    brief = playlist.music_brief
    return {
        "valence": round(brief.valence, 3),
        "arousal": round(brief.arousal, 3),
        "moods": {label.name: round(label.score, 3) for label in brief.moods},
        "genres": {label.name: round(label.score, 3) for label in brief.genres},
        "features": {name: list(pair) for name, pair in brief.features.items()},
        "limits": {name: value for name, value in brief.limits.asked().items() if "artists" not in name},
    }


def _track(track: Track) -> dict[str, Any]:
    profile = getattr(track, "profile", None)
    heard = {name: getattr(profile, name) for name in ("valence", "arousal", "energy", "tempo")} if profile else {}
    return {"title": track.title, "artist": track.artist, "genre": track.genre, **heard}


def without_identity(text: str) -> str:
    """The text with mail addresses, links and long numbers taken out."""
    return _TELLING.sub(lambda found: f"[{found.lastgroup}]", text)
