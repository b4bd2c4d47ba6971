"""What Dylumo says, in short sentences, each made from a result: nothing is claimed that no agent found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agents.board import Board
from agents.planner import Decision, Situation
from core.schemas import MusicBrief, ScoredTrack
from recommender.models import Playlist

CHUNK = 48
"""Characters a streamed piece of an answer holds at most; pieces end between words."""


def chunks(text: str) -> Iterator[str]:
    """The text in pieces that join to it exactly."""
    piece = ""
    for word in text.split(" "):
        if piece and len(piece) + len(word) >= CHUNK:
            yield f"{piece} "
            piece = word
        else:
            piece = f"{piece} {word}" if piece else word
    if piece:
        yield piece


def for_list(board: Board, decision: Decision, situation: Situation) -> str:
    """The answer to a request that made or changed a list."""
    ranked, brief = board.ranked, board.brief
    if ranked is None or brief is None or not ranked.tracks:
        lines = ["No track in reach fits that."]
    elif decision.refining and situation.brief is not None:
        lines = [_moved(situation.brief, brief), _difference(situation.shown, ranked.tracks)]
    else:
        lines = [_opening(board, brief, ranked.tracks)]
    if ranked is not None:
        lines += [unmet.message for unmet in ranked.unmet]
    if board.alignment is not None:
        lines.append(_fit(board))
    lines += [trouble.message for trouble in board.troubles]
    lines += board.corrections
    if board.verdict and ranked and ranked.tracks:
        lines += [found.text for found in board.verdict.findings[:2]]
    if decision.note:
        lines.append(decision.note)
    return " ".join(line for line in lines if line)


def _opening(board: Board, brief: MusicBrief, tracks: Sequence[ScoredTrack]) -> str:
    best = max(tracks, key=lambda track: track.score)
    seen = f"I saw {board.reading.phrase}" if board.reading and board.reading.phrase else "I went by your words"
    moods = " and ".join(label.name for label in brief.moods if label.score > 0)
    moods = " and ".join(moods.split(" and ")[:2])
    feel = f", which feels {moods}" if moods and board.reading else f" towards {moods}" if moods else ""
    closest = f"the closest is “{best.title}” at {round(best.score)}"
    return f"{seen}{feel}. {_count(len(tracks), 'track')} follow that; {closest}."


def _moved(before: MusicBrief, after: MusicBrief) -> str:
    steps = []
    for name, up, down in (("valence", "brighter", "darker"), ("arousal", "livelier", "calmer")):
        change = getattr(after, name) - getattr(before, name)
        if abs(change) >= 0.02:
            steps.append(up if change > 0 else down)
    return f"Moved to {' and '.join(steps)}." if steps else ""


def _difference(before: Sequence[ScoredTrack], after: Sequence[ScoredTrack]) -> str:
    old, new = {track.track_id for track in before}, {track.track_id for track in after}
    left = [track.title for track in before if track.track_id not in new]
    came = [track.title for track in after if track.track_id not in old]
    if not left and not came:
        return "The same tracks still fit best; only their order may have changed."
    parts = []
    if left:
        parts.append(f"Out: {_names(left)}.")
    if came:
        parts.append(f"In: {_names(came)}.")
    stayed = len(old & new)
    if stayed:
        parts.append(f"{_count(stayed, 'track')} stayed.")
    return " ".join(parts)


def _fit(board: Board) -> str:
    if board.alignment is None:
        return ""
    text = f"Your song and the picture fit {round(board.alignment.score)} of 100."
    return " ".join([text, *board.alignment.reasons[:2]])


def stepped(kind: str, playlist: Playlist | None) -> str:
    if playlist is None:
        return f"There is nothing to {kind}."
    return f"{'Back to' if kind == 'undo' else 'Forward to'} version {playlist.number} of the list."


def playing(track: ScoredTrack | None, chosen: Sequence[ScoredTrack]) -> str:
    if track is not None:
        return f"Playing “{track.title}”."
    if len(chosen) == 1:
        return f"“{chosen[0].title}” has no sound here. Its links, where there are any, lead to where it plays."
    return "None of these tracks has a sound here. Their links lead to where they play."


def explain(situation: Situation, about: Sequence[int]) -> str:
    """Why a track is in the list: its reason and the parts of its match."""
    chosen = [track for track in situation.shown if track.track_id in about] or list(situation.shown[:1])
    return " ".join(_why(track) for track in chosen[:3])


def _why(track: ScoredTrack) -> str:
    parts = sorted(track.parts, key=lambda part: part.weight * part.value, reverse=True)
    shares = ", ".join(f"{part.name} {round(100 * part.value)}" for part in parts[:3])
    return f"“{track.title}” matches {round(track.score)} of 100 ({shares}). {track.reason}"


def compare(situation: Situation, about: Sequence[int]) -> str:
    """Two tracks side by side, by the part that differs most."""
    chosen = [track for track in situation.shown if track.track_id in about]
    first, second = (
        (chosen if len(chosen) >= 2 else list(situation.shown))[:2] if len(situation.shown) >= 2 else (None, None)
    )
    if first is None or second is None:
        return "It takes two tracks to compare."
    mine, other = ({part.name: part.value for part in track.parts} for track in (first, second))
    shared = [name for name in mine if name in other]
    text = f"“{first.title}” matches {round(first.score)}, “{second.title}” {round(second.score)}."
    if shared:
        name = max(shared, key=lambda part: abs(mine[part] - other[part]))
        text += f" They differ most in {name}: {round(100 * mine[name])} against {round(100 * other[name])}."
    return text


def _names(titles: Sequence[str], most: int = 4) -> str:
    shown = ", ".join(titles[:most])
    return f"{shown} and {len(titles) - most} more" if len(titles) > most else shown


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
