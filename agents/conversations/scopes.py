"""Which tracks a conversation may choose from: one of the person's own playlists, what is like it but new, or all.

``only``: nothing but its tracks. ``like``: none of its tracks, but such as go with them. ``reorder``: all of its
tracks, in the order that fits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later
from rapidfuzz import fuzz

from accounts.models import User
from agents.models import Mode
from core.errors import BadInput, NotFound
from recommender.models import Playlist, ServicePlaylist, Track

MOST_ALIKE = 60
"""How many of a playlist's tracks stand for what it is like."""
NAMED_FROM = 82.0
_EVERYWHERE = re.compile(r"\b(?:everywhere|everything|all of it|whole catalogue|(?:outside|beyond) (?:of )?my)\b", re.I)
_ALIKE = re.compile(r"\blike my\b|\bsimilar to my\b|\bbut new\b|\bnot (?:in|from|on) my\b", re.I)
_REORDER = re.compile(r"\b(?:re-?order|re-?arrange|sort|put in order)\b", re.I)


class Empty(BadInput):
    code = "empty_playlist"
    message = "None of this playlist's tracks is here yet."
    hint = "Wait for its import to end, then try again."


@dataclass(frozen=True, kw_only=True)
class Scope:
    """``within``: ids to choose among (None: all); ``without``: ids that must not come; ``like``: ids it should be
    like; ``count``: how long the list should be (None: as usual)."""

    within: tuple[int, ...] | None = None
    without: tuple[int, ...] = ()
    like: tuple[int, ...] = ()
    count: int | None = None

    @property
    def tracks(self) -> Track.TrackQueries | None:
        return Track.objects.filter(pk__in=self.within) if self.within is not None else None


EVERYTHING = Scope()


def scope_of(playlist: ServicePlaylist | None, mode: str) -> Scope:
    """What a playlist and a mode leave to choose from. Raises Empty when the playlist has no track that is here."""
    if playlist is None:
        return EVERYTHING
    ids = tuple(dict.fromkeys(one for one in playlist.entries.values_list("told__track", flat=True) if one))
    if not ids:
        raise Empty
    if mode == Mode.LIKE:
        return Scope(without=ids, like=ids[:MOST_ALIKE])
    return Scope(within=ids, count=len(ids) if mode == Mode.REORDER else None)


def own_playlist(person: User | None, playlist_id: str) -> ServicePlaylist:
    """The person's imported playlist; raises NotFound for anyone else's."""
    try:
        key = UUID(playlist_id)
    except ValueError:
        key = None
    found: ServicePlaylist | None = ServicePlaylist.objects.visible_to(person).filter(pk=key).first() if key else None
    if found is None:
        raise NotFound("There is no such playlist of yours.", hint="Your library shows those that are here.")
    return found


def tracks_of(person: User | None, playlist_id: str | None) -> tuple[int, ...] | None:
    """The tracks of one of the person's lists, made here or imported; None where none is named. Raises NotFound for
    anyone else's, Empty."""
    if playlist_id is None:
        return None
    try:
        key = UUID(playlist_id)
    except ValueError:
        raise NotFound("There is no such playlist of yours.") from None
    if playlist := Playlist.objects.visible_to(person).filter(pk=key).first():
        return tuple(playlist.items.values_list("track_id", flat=True))
    if imported := ServicePlaylist.objects.visible_to(person).filter(pk=key).first():
        return scope_of(imported, Mode.ONLY).within
    raise NotFound("There is no such playlist.", hint="A list is its owner's only: say who you are.")


def everywhere(text: str) -> bool:
    """Whether the words ask to choose from everything again."""
    return bool(_EVERYWHERE.search(text))


def mode_of(text: str) -> Mode:
    return Mode.REORDER if _REORDER.search(text) else Mode.LIKE if _ALIKE.search(text) else Mode.ONLY


def named(person: User, text: str) -> ServicePlaylist | None:
    """The person's playlist whose name the words say, the longest name first; None when none is named."""
    said = _plain(text)
    best: tuple[float, int, ServicePlaylist] | None = None
    for playlist in ServicePlaylist.objects.visible_to(person).filter(entries__isnull=False).distinct():
        title = _plain(playlist.title)
        sure = (
            100.0 if title and f" {title} " in f" {said} " else fuzz.partial_ratio(title, said, score_cutoff=NAMED_FROM)
        )
        if len(title) < 4 and sure < 100:
            continue
        if sure and (best is None or (sure, len(title)) > best[:2]):
            best = (sure, len(title), playlist)
    return best[2] if best else None


def _plain(text: str) -> str:
    """Words without case, signs and what every playlist may be called."""
    words = re.findall(r"[^\W_]+", text.lower())
    return " ".join(word for word in words if word not in {"my", "the", "playlist", "playlists", "list"})


NOBODYS = later("Sign in and connect a service, or name a list with --playlist, to choose from your own music.")


def not_found(person: User) -> str:
    """What to say when no playlist is named that is here."""
    titles = ServicePlaylist.objects.visible_to(person).filter(entries__isnull=False).distinct()
    known = list(titles.values_list("title", flat=True)[:6])
    if not known:
        return _("None of your own playlists is here yet. Connect a service and bring them in, under Your library.")
    which = _("I do not know which of your playlists you mean. Here are: {titles}.")
    return which.format(titles=", ".join(known))
