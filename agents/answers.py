"""What Dylumo says, in short sentences, each made from a result: nothing is claimed that no agent found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later
from django.utils.translation import ngettext, pgettext

from agents.board import Board
from agents.planner import Decision, Situation
from core.schemas import Limits, MusicBrief, ScoredTrack, Unmet, WordsReading
from recommender.music.occasions import in_words
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
        lines = [_("No track here fits that.")]
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
    moods = _(" and ").join(_(label.name) for label in [one for one in brief.moods if one.score > 0][:2])
    if board.reading and board.reading.phrase:
        seen = _("I saw {phrase}").format(phrase=in_words(board.reading))
    else:
        seen = _("I went by your words")
    feel = (_(", which feels {moods}") if board.reading else _(" towards {moods}")).format(moods=moods) if moods else ""
    follow = ngettext(
        "{count} track follows that; the closest is “{title}” at {score}.",
        "{count} tracks follow that; the closest is “{title}” at {score}.",
        len(tracks),
    ).format(count=len(tracks), title=best.title, score=round(best.score))
    return f"{seen}{feel}. {follow}"


SIDES = (("valence", later("brighter"), later("darker")), ("arousal", later("livelier"), later("calmer")))


def _moved(before: MusicBrief, after: MusicBrief) -> str:
    steps = []
    for name, up, down in SIDES:
        change = getattr(after, name) - getattr(before, name)
        if abs(change) >= 0.02:
            steps.append(_(up if change > 0 else down))
    return _("Moved to {sides}.").format(sides=_(" and ").join(steps)) if steps else ""


def _difference(before: Sequence[ScoredTrack], after: Sequence[ScoredTrack]) -> str:
    old, new = {track.track_id for track in before}, {track.track_id for track in after}
    left = [track.title for track in before if track.track_id not in new]
    came = [track.title for track in after if track.track_id not in old]
    if not left and not came:
        return _("Nothing else here fits that better than these, so the tracks are the same.")
    parts = _out_and_in(left, came)
    if stayed := len(old & new):
        parts.append(ngettext("{count} track stayed.", "{count} tracks stayed.", stayed).format(count=stayed))
    return " ".join(parts)


def _out_and_in(left: Sequence[str], came: Sequence[str]) -> list[str]:
    out = [_("Out: {titles}.").format(titles=_names(left))] if left else []
    return out + ([_("In: {titles}.").format(titles=_names(came))] if came else [])


AS_IT_WAS = later("The list is like that already.")


def stays(unmet: Sequence[Unmet]) -> str:
    """What nothing meets, that the list was left alone, and the nearest way on."""
    messages = list(dict.fromkeys(one.message.rstrip(".") for one in unmet if one.message))
    hints = list(dict.fromkeys(one.hint for one in unmet if one.hint))
    if not messages:
        return _("Nothing here fits that, so I left your list as it was.")
    told = _("{what}, so I left your list as it was.").format(what=". ".join(messages[:2]))
    return " ".join([told, *hints[:2]])


def left_out(unmet: Sequence[Unmet]) -> str:
    """For a first list: what nothing met, and that it was made without that."""
    messages = list(dict.fromkeys(one.message.rstrip(".") for one in unmet if one.message))
    hints = list(dict.fromkeys(one.hint for one in unmet if one.hint))
    told = _("{what}, so this list goes without that.").format(what=". ".join(messages[:2]))
    return " ".join([told, *hints[:2]])


def nothing_else(missing: int) -> str:
    return (
        _("Nothing else here fits.") if missing <= 1 else _("{count} more that fit are not here.").format(count=missing)
    )


def already(limits: Limits, count: int) -> str:
    """ "All 12 are already instrumental." """
    refused = [*limits.exclude_genres, *(_("by {name}").format(name=name) for name in limits.exclude_artists)]
    kept = [
        phrase(limits, group)
        for group in groups_of(limits)
        if group[0] not in ("exclude_genres", "exclude_artists", "live", "explicit")
    ]
    lines = [_all(count, _(" and ").join(kept))] if kept else []
    lines += [_none(count, _(" or ").join(refused))] if refused else []
    for name, yes, no in MARKS:
        if (value := getattr(limits, name)) is not None:
            lines.append(_all(count, _(yes)) if value else _none(count, _(no)))
    return " ".join(lines)


MARKS = (("live", later("a live recording"), later("live")), ("explicit", later("explicit"), later("explicit")))


def _all(count: int, what: str) -> str:
    return ngettext("It is already {what}.", "All {count} are already {what}.", count).format(count=count, what=what)


def _none(count: int, what: str) -> str:
    return _("None of these {count} is {what} anyway.").format(count=count, what=what)


def changed(before: Sequence[ScoredTrack], after: Sequence[ScoredTrack], words: WordsReading | None) -> str:
    """What an edit did."""
    old, new = [track.track_id for track in before], [track.track_id for track in after]
    if set(old) != set(new):
        left = [track.title for track in before if track.track_id not in new]
        came = [track.title for track in after if track.track_id not in old]
        stayed = len(set(old) & set(new))
        where = _("The other {count} are where they were.").format(count=stayed)
        return " ".join([*_out_and_in(left, came), where])
    moved = [edit for edit in words.edits if edit.verb == "move"] if words else []
    if moved and all(edit.what == "all" for edit in moved):
        return _("The same tracks in a new order.")
    titles = [track.title for place, track in enumerate(after) if _stepped(track.track_id, place, old, new)]
    moved_titles = _names([f"“{title}”" for title in titles[:2]])
    return _("Moved {titles}; the others keep their order.").format(titles=moved_titles)


def _stepped(track: int, place: int, old: Sequence[int], new: Sequence[int]) -> bool:
    """Whether a track itself was moved, and not only pushed along by one that was."""
    rest_old, rest_new = ([one for one in ids if one != track] for ids in (old, new))
    return (old.index(track) != place and rest_old == rest_new) or abs(old.index(track) - place) > 1


def _fit(board: Board) -> str:
    if board.alignment is None:
        return ""
    text = _("Your song and the picture fit {score} of 100.").format(score=round(board.alignment.score))
    return " ".join([text, *board.alignment.reasons[:2]])


def stepped(kind: str, number: int | None) -> str:
    back = kind == "undo"
    if number is None:
        return _("There is nothing to undo: this is the first version.") if back else _("There is nothing to redo.")
    way = _("Back to version {number} of the list.") if back else _("Forward to version {number} of the list.")
    return way.format(number=number)


def playing(track: ScoredTrack | None, chosen: Sequence[ScoredTrack]) -> str:
    if track is not None:
        return _("Playing “{title}”.").format(title=track.title)
    if len(chosen) == 1:
        silent = _("“{title}” has no sound here. Its links, where there are any, lead to where it plays.")
        return silent.format(title=chosen[0].title)
    return _("None of these tracks has a sound here. Their links lead to where they play.")


def explain(situation: Situation, about: Sequence[int]) -> str:
    """Why certain tracks are in the list; with none named, what the whole list goes by."""
    chosen = [track for track in situation.shown if track.track_id in about]
    return " ".join(_why(track) for track in chosen[:3]) if chosen else _why_all(situation)


OFF_MIDDLE = 0.08
"""So far off the middle of an axis a list counts as bright or dark, lively or calm."""


def _why_all(situation: Situation) -> str:
    brief, shown = situation.brief, situation.shown
    if brief is None or not shown:
        return ""
    seen = ""
    if brief.phrase:
        seen = _("I saw {phrase}.").format(phrase=in_words(brief))
    elif brief.words:
        seen = _("I went by your words: “{words}”.").format(words=brief.words)
    moods = [label.name for label in brief.moods if label.score > 0 and f"mood:{label.name}" not in brief.switched_off]
    mood = pgettext("tracks", "even in mood")
    if abs(brief.valence - 0.5) > OFF_MIDDLE:
        mood = pgettext("tracks", "bright") if brief.valence > 0.5 else pgettext("tracks", "dark")
    pace = pgettext("tracks", "moderate in pace")
    if abs(brief.arousal - 0.5) > OFF_MIDDLE:
        pace = pgettext("tracks", "lively") if brief.arousal > 0.5 else pgettext("tracks", "calm")
    felt = f" ({', '.join(_(mood) for mood in moods[:3])})" if moods else ""
    aims = ngettext(
        "So this {count} track is to be {mood} and {pace}{felt}.",
        "So these {count} tracks are to be {mood} and {pace}{felt}.",
        len(shown),
    )
    lines = [seen, aims.format(count=len(shown), mood=mood, pace=pace, felt=felt)]
    if groups := groups_of(brief.limits):
        kept = _(" and ").join(phrase(brief.limits, group) for group in groups)
        lines.append(_("All are {limits}.").format(limits=kept))
    best = sorted(shown, key=lambda track: -track.score)[:2]
    return " ".join([line for line in lines if line] + [_why(track) for track in best])


def _why(track: ScoredTrack) -> str:
    parts = sorted(track.parts, key=lambda part: part.weight * part.value, reverse=True)
    shares = ", ".join(f"{part.name} {round(100 * part.value)}" for part in parts[:3])
    matches = _("“{title}” matches {score} of 100 ({shares}).")
    return f"{matches.format(title=track.title, score=round(track.score), shares=shares)} {track.because}"


def compare(situation: Situation, about: Sequence[int]) -> str:
    """Two tracks side by side, by the part that differs most."""
    chosen = [track for track in situation.shown if track.track_id in about]
    first, second = (
        (chosen if len(chosen) >= 2 else list(situation.shown))[:2] if len(situation.shown) >= 2 else (None, None)
    )
    if first is None or second is None:
        return _("It takes two tracks to compare.")
    mine, other = ({part.name: part.value for part in track.parts} for track in (first, second))
    shared = [name for name in mine if name in other]
    both = _("“{first}” matches {score}, “{second}” {other}.")
    text = both.format(first=first.title, score=round(first.score), second=second.title, other=round(second.score))
    if shared:
        name = max(shared, key=lambda part: abs(mine[part] - other[part]))
        differ = _("They differ most in {part}: {mine} against {other}.")
        shares = differ.format(part=name, mine=round(100 * mine[name]), other=round(100 * other[name]))
        text = f"{text} {shares}"
    return text


def _names(titles: Sequence[str], most: int = 4) -> str:
    shown = ", ".join(titles[:most])
    if len(titles) <= most:
        return shown
    return _("{titles} and {count} more").format(titles=shown, count=len(titles) - most)
