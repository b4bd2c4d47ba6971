"""What edits make of a list: for every place of the next list, the track that stands there or that something new comes.

Pure: it looks at the shown list only. What comes is chosen by ``agents.conversations.changes``.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agents.references import places_of, positions
from core.schemas import Edit, ScoredTrack


@dataclass(frozen=True, kw_only=True)
class Slot:
    """One place of the next list. ``track``: who stands there now (None: nobody yet); ``fresh``: another shall come."""

    track: int | None = None
    fresh: bool = False


@dataclass(frozen=True, kw_only=True)
class Sorted:
    """The places (from 0) that the edits of a sentence keep, remove and replace, and how many tracks they add."""

    kept: frozenset[int] = frozenset()
    removed: frozenset[int] = frozenset()
    replaced: frozenset[int] = frozenset()
    added: int = 0
    missed: tuple[str, ...] = ()
    """What was pointed at and is not there."""


def sorted_out(edits: Sequence[Edit], shown: Sequence[ScoredTrack]) -> Sorted:
    """What happens to which places. A track that is kept by name is neither removed nor replaced; a bare "keep the
    first three" lets the others change."""
    groups: dict[str, set[int]] = {"keep": set(), "remove": set(), "replace": set()}
    missed = []
    found = _found(edits, shown)
    for edit, places in found:
        if edit.verb in groups:
            groups[edit.verb] |= places
            missed += [] if places else [edit.what]
        elif edit.verb == "move" and edit.what != "all" and not places:
            missed.append(edit.what)
    everything = set(range(len(shown)))
    kept = groups["keep"]
    if any(edit.only for edit in edits if edit.verb == "keep") and kept:
        groups["remove"] |= everything - kept - groups["replace"]
    elif kept and {edit.verb for edit in edits} == {"keep"}:
        groups["replace"] = everything - kept
    return Sorted(
        kept=frozenset(kept),
        removed=frozenset(groups["remove"] - kept),
        replaced=frozenset(groups["replace"] - kept - groups["remove"]),
        added=sum(edit.count for edit in edits if edit.verb == "add"),
        missed=tuple(missed),
    )


def _found(edits: Sequence[Edit], shown: Sequence[ScoredTrack]) -> list[tuple[Edit, set[int]]]:
    """Every edit with its places; "the rest" is what no other edit speaks of."""
    plain = {id(edit): places_of(edit.what, shown) for edit in edits if edit.what and edit.verb != "add"}
    everything = set(range(len(shown)))
    spoken: set[int] = set().union(*(places for places in plain.values() if places != everything))
    return [
        (edit, places_of(edit.what, shown, spoken) if edit.what and edit.verb != "add" else set()) for edit in edits
    ]


def slots(edits: Sequence[Edit], shown: Sequence[ScoredTrack]) -> tuple[Slot, ...]:
    """The places of the next list after all edits; nothing that no edit speaks of moves."""
    done = sorted_out(edits, shown)
    order = list(range(len(shown)))
    for edit in edits:
        if edit.verb == "move":
            order = _moved(order, edit, shown)
    left = [
        Slot(track=shown[place].track_id, fresh=place in done.replaced) for place in order if place not in done.removed
    ]
    return (*left, *(Slot(fresh=True) for _ in range(done.added)))


def _moved(order: list[int], edit: Edit, shown: Sequence[ScoredTrack]) -> list[int]:
    if edit.what == "all":
        return _arranged(order, edit.to, shown)
    moving = sorted(places_of(edit.what, shown))
    if not moving:
        return order
    if edit.to.startswith("with ") or edit.to == "swapped":
        others = sorted(places_of(edit.to.removeprefix("with "), shown)) if edit.to != "swapped" else moving[1:]
        return _exchanged(order, moving[0], others[0]) if others else order
    rest = [place for place in order if place not in moving]
    at = _target(edit.to, order, rest, moving, shown)
    return order if at is None else [*rest[:at], *moving, *rest[at:]]


def _exchanged(order: list[int], one: int, other: int) -> list[int]:
    swap = {one: other, other: one}
    return [swap.get(place, place) for place in order]


def _target(to: str, order: list[int], rest: list[int], moving: list[int], shown: Sequence[ScoredTrack]) -> int | None:
    """Where among the others the moved ones go; None where it cannot be told."""
    first, _, other = to.partition(" ")
    if to in {"up", "down"}:
        return max(0, min(len(rest), order.index(moving[0]) + (1 if to == "down" else -1)))
    for word, after in (("before", 0), ("above", 0), ("after", 1), ("below", 1), ("behind", 1), ("in front of", 0)):
        if f"{word} " in to:
            goal = places_of(to.split(f"{word} ", 1)[1], shown) - set(moving)
            return rest.index(min(goal) if not after else max(goal)) + after if goal else None
    if any(word in to.split() for word in ("top", "front", "start", "beginning", "opener", "opening", "first")):
        return 0
    if any(word in to.split() for word in ("end", "bottom", "back", "closer", "finale", "last", "final")):
        return len(rest)
    if "middle" in to:
        return len(rest) // 2
    found = positions(other if first in {"position", "place", "number", "spot", "slot", "track"} else to, len(order))
    return min(found[0], len(rest)) if found else None


KEYS: dict[str, Callable[[ScoredTrack], tuple[float | str, ...]]] = {
    "slow": lambda track: (track.arousal if track.arousal is not None else 0.5,),
    "fast": lambda track: (-(track.arousal if track.arousal is not None else 0.5),),
    "sad": lambda track: (track.valence if track.valence is not None else 0.5,),
    "happy": lambda track: (-(track.valence if track.valence is not None else 0.5),),
    "title": lambda track: (track.title.lower(),),
    "artist": lambda track: (track.artist.lower(), track.title.lower()),
    "best": lambda track: (-track.score,),
}
KEYS |= {"calm": KEYS["slow"], "lively": KEYS["fast"]}


def _arranged(order: list[int], to: str, shown: Sequence[ScoredTrack]) -> list[int]:
    if to == "reversed":
        return order[::-1]
    if to == "shuffled":
        mixed = random.Random(" ".join(str(shown[place].track_id) for place in order)).sample(order, len(order))
        return mixed if mixed != order else order[::-1]
    return sorted(order, key=lambda place: KEYS[to](shown[place])) if to in KEYS else order


def resized(shown: Sequence[ScoredTrack], count: int) -> tuple[Slot, ...]:
    """The list shortened to its ``count`` best, in their order, or grown at its end."""
    if count >= len(shown):
        return (*(Slot(track=one.track_id) for one in shown), *(Slot(fresh=True) for _ in range(count - len(shown))))
    best = {one.track_id for one in sorted(shown, key=lambda one: -one.score)[:count]}
    return tuple(Slot(track=one.track_id) for one in shown if one.track_id in best)
