"""What Dylumo says, in short sentences, each made from a result: nothing is claimed that no agent found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agents.board import Board
from agents.planner import Decision, Situation
from core.schemas import Limits, MusicBrief, ScoredTrack, Unmet, WordsReading
from recommender.ranking.unmet import groups_of, phrase

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
    if situation.shown and ranked is not None and not ranked.tracks:
        return " ".join([stays(ranked.unmet), *(trouble.message for trouble in board.troubles)])
    if ranked is None or brief is None or not ranked.tracks:
        lines = ["No track here fits that."]
    elif decision.refining and situation.brief is not None:
        lines = [_moved(situation.brief, brief), _difference(situation.shown, ranked.tracks)]
    else:
        lines = [_opening(board, brief, ranked.tracks)]
    if ranked is not None:
        lines += dict.fromkeys(f"{unmet.message} {unmet.hint}".strip() for unmet in ranked.unmet)
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
        return "Nothing else here fits that better than these, so the tracks are the same."
    parts = []
    if left:
        parts.append(f"Out: {_names(left)}.")
    if came:
        parts.append(f"In: {_names(came)}.")
    stayed = len(old & new)
    if stayed:
        parts.append(f"{_count(stayed, 'track')} stayed.")
    return " ".join(parts)


AS_IT_WAS = "The list is like that already."


def stays(unmet: Sequence[Unmet]) -> str:
    """What nothing meets, that the list was left alone, and the nearest way on."""
    messages = list(dict.fromkeys(one.message.rstrip(".") for one in unmet if one.message))
    hints = list(dict.fromkeys(one.hint for one in unmet if one.hint))
    if not messages:
        return "Nothing here fits that, so I left your list as it was."
    return " ".join([f"{'. '.join(messages[:2])}, so I left your list as it was.", *hints[:2]])


def left_out(unmet: Sequence[Unmet]) -> str:
    """For a first list: what nothing met, and that it was made without that."""
    messages = list(dict.fromkeys(one.message.rstrip(".") for one in unmet if one.message))
    hints = list(dict.fromkeys(one.hint for one in unmet if one.hint))
    return " ".join([f"{'. '.join(messages[:2])}, so this list goes without that.", *hints[:2]])


def nothing_else(missing: int) -> str:
    return "Nothing else here fits." if missing <= 1 else f"{missing} more that fit are not here."


def already(limits: Limits, count: int) -> str:
    """ "All 12 are already instrumental." """
    refused = [*limits.exclude_genres, *(f"by {name}" for name in limits.exclude_artists)]
    kept = [
        phrase(limits, group)
        for group in groups_of(limits)
        if group[0] not in ("exclude_genres", "exclude_artists", "live", "explicit")
    ]
    lines = [f"{_all(count)} already {' and '.join(kept)}."] if kept else []
    lines += [f"None of these {count} is {' or '.join(refused)} anyway."] if refused else []
    for name, yes, no in (("live", "a live recording", "live"), ("explicit", "explicit", "explicit")):
        if (value := getattr(limits, name)) is not None:
            lines.append(f"{_all(count)} already {yes}." if value else f"None of these {count} is {no} anyway.")
    return " ".join(lines)


def _all(count: int) -> str:
    return "It is" if count == 1 else f"All {count} are"


def changed(before: Sequence[ScoredTrack], after: Sequence[ScoredTrack], words: WordsReading | None) -> str:
    """What an edit did."""
    old, new = [track.track_id for track in before], [track.track_id for track in after]
    if set(old) != set(new):
        left = [track.title for track in before if track.track_id not in new]
        came = [track.title for track in after if track.track_id not in old]
        told = ([f"Out: {_names(left)}."] if left else []) + ([f"In: {_names(came)}."] if came else [])
        return " ".join([*told, f"The other {len(set(old) & set(new))} are where they were."])
    moved = [edit for edit in words.edits if edit.verb == "move"] if words else []
    if moved and all(edit.what == "all" for edit in moved):
        return "The same tracks in a new order."
    titles = [track.title for place, track in enumerate(after) if _stepped(track.track_id, place, old, new)]
    return f"Moved {_names([f'“{title}”' for title in titles[:2]])}; the others keep their order."


def _stepped(track: int, place: int, old: Sequence[int], new: Sequence[int]) -> bool:
    """Whether a track itself was moved, and not only pushed along by one that was."""
    rest_old, rest_new = ([one for one in ids if one != track] for ids in (old, new))
    return (old.index(track) != place and rest_old == rest_new) or abs(old.index(track) - place) > 1


def _fit(board: Board) -> str:
    if board.alignment is None:
        return ""
    text = f"Your song and the picture fit {round(board.alignment.score)} of 100."
    return " ".join([text, *board.alignment.reasons[:2]])


def stepped(kind: str, number: int | None) -> str:
    if number is None:
        return "There is nothing to undo: this is the first version." if kind == "undo" else "There is nothing to redo."
    return f"{'Back to' if kind == 'undo' else 'Forward to'} version {number} of the list."


def playing(track: ScoredTrack | None, chosen: Sequence[ScoredTrack]) -> str:
    if track is not None:
        return f"Playing “{track.title}”."
    if len(chosen) == 1:
        return f"“{chosen[0].title}” has no sound here. Its links, where there are any, lead to where it plays."
    return "None of these tracks has a sound here. Their links lead to where they play."


def explain(situation: Situation, about: Sequence[int]) -> str:
    """Why certain tracks are in the list; with none named, what the whole list goes by."""
    chosen = [track for track in situation.shown if track.track_id in about]
    return " ".join(_why(track) for track in chosen[:3]) if chosen else _why_all(situation)


def _why_all(situation: Situation) -> str:
    brief, shown = situation.brief, situation.shown
    if brief is None or not shown:
        return ""
    seen = (
        f"I saw {brief.phrase}." if brief.phrase else f"I went by your words: “{brief.words}”." if brief.words else ""
    )
    moods = [label.name for label in brief.moods if label.score > 0 and f"mood:{label.name}" not in brief.switched_off]
    sides = (
        "bright" if brief.valence > 0.58 else "dark" if brief.valence < 0.42 else "even in mood",
        "lively" if brief.arousal > 0.58 else "calm" if brief.arousal < 0.42 else "moderate in pace",
    )
    felt = f" ({', '.join(moods[:3])})" if moods else ""
    lines = [seen, f"So these {len(shown)} tracks are to be {sides[0]} and {sides[1]}{felt}."]
    if groups := groups_of(brief.limits):
        lines.append(f"All are {' and '.join(phrase(brief.limits, group) for group in groups)}.")
    best = sorted(shown, key=lambda track: -track.score)[:2]
    return " ".join([line for line in lines if line] + [_why(track) for track in best])


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
