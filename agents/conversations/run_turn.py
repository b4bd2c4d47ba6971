"""A worker's whole job for one turn: understand, decide, let the agents work, publish what they find, answer."""

from __future__ import annotations

import logging
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later
from django.utils.translation import override

from agents import answers, findings
from agents.board import Board, Order, Patch, Trouble, dump_patch
from agents.conversations import changes, refreshes, resolving, revisions, scopes, second_wave, turns
from agents.conversations.conversations import show
from agents.conversations.event_types import (
    BriefMade,
    ListChanged,
    Play,
    ReadingMade,
    StepFailed,
    StepFinished,
    StepStarted,
    TextDelta,
    TracksChosen,
    TurnStarted,
)
from agents.conversations.events import announce
from agents.conversations.planners import planner
from agents.conversations.sessions.actions import rank_again
from agents.conversations.sessions.listeners import listeners_of
from agents.coordination import STRATEGIES
from agents.coordination.base import Stage, Stopped
from agents.language.followups import FOLLOWED
from agents.language.occasions import occasions
from agents.models import Turn
from agents.planner import Decision, Situation
from agents.references import artists_by_name, known_by_name, shared_with_all
from agents.replies import speaking
from agents.roles import team
from agents.roles.base import Agent
from core import counters
from core.errors import DylumoError
from core.schemas import ImageReading, MusicBrief, RankedList, ScoredTrack, dump, load
from core.storage import KeptFile
from feedback.experiments.assignment import arm_for
from feedback.taste import context, group, list_actions, take_choices
from recommender.models import Picture, Playlist
from recommender.playlists import versions

log = logging.getLogger("dylumo.turns")

BEAT_EVERY = 1.5
"""Seconds between signs of life; a turn counts as lost after ``turns.LOST_AFTER``."""


NOT_FOR_GUESTS = later("Only whoever made this list can say where its tracks come from.")


class NothingSeen(DylumoError):
    code = "picture_gone"
    status = 404
    message = "The photo of this conversation has been deleted."
    hint = "Drop it again, or describe the scene in words."


def run_turn(turn: Turn) -> None:
    """Run a claimed turn to its end: done, failed with a code, or cancelled. Never raises for a turn's own troubles."""
    try:
        with beating(turn) as stop:
            try:
                _answer_turn(turn, stop)
            except Stopped:
                turns.stopped(turn)
            except DylumoError as error:
                log.info("turn %s: %s", turn.pk, error.code, exc_info=error.__cause__)
                turns.fail(turn, error)
            except DatabaseError:
                raise
            except Exception:
                log.exception("turn %s", turn.pk)
                turns.fail(turn, DylumoError())
    except DatabaseError:
        turns.give_back(turn)
        raise


def warm_up() -> None:
    """Load what a turn needs before the first one comes: read a plain picture and a plain sentence."""
    from PIL import Image

    from recommender.perception.images import reader

    try:
        planner().decide("something calm", Situation())
        reader.read_picture(Image.new("RGB", (64, 64), "#88aacc"))
    except Exception:
        log.exception("warming up failed; the first turn will say what is wrong")
    finally:
        connection.close()


@contextmanager
def beating(turn: Turn) -> Iterator[threading.Event]:
    """Say from a thread that the worker lives; the event is set when the turn should stop."""
    stop, over = threading.Event(), threading.Event()

    def beat() -> None:
        try:
            while not over.wait(BEAT_EVERY):
                try:
                    if not turns.beat(turn):
                        stop.set()
                except DatabaseError:
                    connection.close()
        finally:
            connection.close()

    thread = threading.Thread(target=beat, name=f"beat-{turn.pk}", daemon=True)
    thread.start()
    try:
        yield stop
    finally:
        over.set()
        thread.join(timeout=5)


def _answer_turn(turn: Turn, stop: threading.Event) -> None:
    announce(turn, TurnStarted(strategy=turn.strategy, attempt=turn.attempts))
    conversation = turn.conversation
    # A turn that was picked up again may already have published its own list: what was shown is the one before.
    shown = conversation.head
    if shown is not None and shown.pk == turn.playlist_id:
        shown = shown.parent
    situation = Situation(
        shown=versions.scored_tracks(shown) if shown else (),
        brief=shown.music_brief if shown else None,
        has_picture=turn.picture is not None,
        said=_said_before(turn),
        knows=partial(known_by_name, conversation.owner),
        shared=shared_with_all,
        look_up=artists_by_name,
    )
    with override(turn.language or settings.LANGUAGE_CODE):
        decision = Decision(kind="recommend")
        if turn.text:
            with counters.timed("model_seconds", reads="words") as labels:
                decision = planner().decide(turn.text, situation)
                labels["tier"] = "rules" if decision.planner.startswith("rules") else "model"
        with speaking(decision.words):
            _carry_out(turn, decision, situation, shown, stop)


def _said_before(turn: Turn) -> tuple[str, ...]:
    """The last sentences of the conversation, oldest first."""
    before = turn.conversation.turns.filter(number__lt=turn.number, state=Turn.State.DONE).exclude(text="")
    return tuple(before.order_by("-number").values_list("text", flat=True)[:FOLLOWED])[::-1]


def _carry_out(
    turn: Turn, decision: Decision, situation: Situation, shown: Playlist | None, stop: threading.Event
) -> None:
    if decision.kind == "recommend" and decision.words and decision.words.intent == "scope":
        decision = _rescoped(turn, decision) if not turn.said_by else Decision(kind="reply", reply=_(NOT_FOR_GUESTS))
    match decision.kind:
        case "recommend":
            _recommend(turn, decision, situation, shown, stop)
        case "change":
            _change(turn, decision, situation, shown)
        case "undo" | "redo":
            playlist = _stepped(turn, decision.kind, to_first=decision.to_first)
            _answer(turn, answers.stepped(decision.kind, playlist.number if playlist else None), playlist or shown)
        case "play":
            _play(turn, situation, decision.about, shown)
        case "explain":
            _answer(turn, answers.explain(situation, decision.about), shown)
        case "compare":
            _answer(turn, answers.compare(situation, decision.about), shown)
        case _:
            _answer(turn, decision.reply, shown, {"chips": list(decision.chips)} if decision.chips else None)


def _rescoped(turn: Turn, decision: Decision) -> Decision:
    """Words such as "only from my Running playlist" say from now on where this conversation chooses from."""
    conversation = turn.conversation
    if scopes.everywhere(turn.text):
        conversation.within = None
    elif found := scopes.named(conversation.owner, turn.text):
        conversation.within, conversation.mode = found, scopes.mode_of(turn.text)
    elif conversation.within is None:
        return replace(decision, kind="reply", reply=scopes.not_found(conversation.owner))
    conversation.save(update_fields=["within", "mode"])
    return decision


def _stepped(turn: Turn, kind: str, *, to_first: bool = False) -> Playlist | None:
    if turn.playlist:  # the step was made before the worker was lost
        return turn.playlist
    back, head = kind == "undo", turn.conversation.head
    playlist = revisions.neighbour(turn.conversation, back=back)
    crossed = [head if back else playlist]
    while to_first and playlist and playlist.parent:
        crossed.append(playlist)
        playlist = playlist.parent
    if playlist:
        with transaction.atomic():
            Turn.objects.filter(pk=turn.pk).update(playlist=playlist)
            show(turn.conversation, playlist, head)
            for version in filter(None, crossed):
                list_actions.stepped(turn.conversation.owner, version, back=back)
            announce(turn, ListChanged(playlist=playlist.pk, number=playlist.number, by=kind))
    return playlist


def _play(turn: Turn, situation: Situation, about: Sequence[int], shown: Playlist | None) -> None:
    """Let the open pages play the first of the named tracks that has a sound, or of the list when none is named."""
    track, chosen = changes.first_sounding(situation, about)
    if track:
        announce(turn, Play(track=track.track_id))
    _answer(turn, answers.playing(track, chosen), shown)


def _change(turn: Turn, decision: Decision, situation: Situation, shown: Playlist | None) -> None:
    """Certain tracks of the list are changed: no agent needs to look at the others again."""
    owner, conversation = turn.conversation.owner, turn.conversation
    way, scope = arm_for(owner, "list"), scopes.scope_of(conversation.within, conversation.mode)
    others, blend = listeners_of(conversation)
    choose = changes.chooser(
        owner,
        scope=scope.tracks,
        without=scope.without,
        liking=group.taste_of(owner, way.learner, others, blend),
        weights=way.weights,
    )
    outcome = changes.change(decision, situation, choose)
    _settle(turn, decision, outcome, situation, shown)


def _settle(
    turn: Turn, decision: Decision, outcome: changes.Outcome, situation: Situation, shown: Playlist | None
) -> None:
    """Show what became of the list, if anything did, and answer."""
    playlist = shown
    if outcome.brief is not None and outcome.ranked is not None:
        recorder = TurnRecorder(turn=turn, decision=decision, situation=situation, shown=shown, stop=threading.Event())
        playlist = recorder.write(outcome.brief, outcome.ranked)
        if shown:
            list_actions.refined(turn.conversation.owner, shown, playlist)
    _conclude(turn, decision, outcome, playlist, {})


def _recommend(
    turn: Turn, decision: Decision, situation: Situation, shown: Playlist | None, stop: threading.Event
) -> None:
    if outcome := changes.kept_already(decision, situation):
        _settle(turn, decision, outcome, situation, shown)
        return
    order = _order(turn, decision, situation)
    recorder = TurnRecorder(turn=turn, decision=decision, situation=situation, shown=shown, stop=stop)
    stages: list[Stage] = []

    def work(order: Order, afresh: bool) -> Board:
        stages.append(Stage(listener=recorder, stored={} if afresh else dict(turn.steps.get("patches", {}))))
        return STRATEGIES[turn.strategy](team(), Board(order=order), stages[-1])

    board, outcome = changes.recommended(decision, situation, order, work)
    playlist = shown
    if outcome.brief is not None and outcome.ranked is not None:
        playlist = recorder.write(outcome.brief, outcome.ranked, set(order.keep))
    # what a guest of the session asks for says nothing of the owner
    if decision.refining and shown and playlist and playlist != shown and not turn.said_by:
        list_actions.refined(turn.conversation.owner, shown, playlist)
    verdict = findings.stored(dump(board.verdict)) if board.verdict else {}
    verdict.pop("again", None)
    verdict["messages"] = [dump(message) for message in stages[-1].messages]
    if board.alignment:
        verdict["fit"] = dump(board.alignment)
    _conclude(turn, decision, outcome, playlist, verdict)
    others, blend = listeners_of(turn.conversation)
    if ([other.pk for other in others], blend) != ([*order.listeners], order.blend):  # somebody came or went meanwhile
        rank_again(turn.conversation)


def _order(turn: Turn, decision: Decision, situation: Situation) -> Order:
    pictures, together = _shown_with(turn, decision)
    if not pictures and turn.number == 1 and not turn.text and not turn.sound:
        raise NothingSeen
    scope = scopes.scope_of(turn.conversation.within, turn.conversation.mode)
    others, blend = listeners_of(turn.conversation)
    way = arm_for(turn.conversation.owner, "list")
    return Order(
        person_id=turn.conversation.owner_id,
        pictures=tuple(KeptFile(str(picture.file.name)) for picture in pictures),
        together=together,
        cached=tuple(load(ImageReading, picture.reading) if picture.reading else None for picture in pictures),
        sound=KeptFile(str(turn.sound.name)) if turn.sound else None,
        sound_name=turn.sound_name,
        text=turn.text,
        words=(decision.words,) if decision.words else (),
        previous=situation.brief if decision.refining else None,
        current=tuple(situation.shown),
        keep=decision.keep,
        drop=(*decision.drop, *scope.without, *refreshes.already_given(turn)),
        like=decision.like or scope.like,
        scope=scope.within,
        count=decision.count or scope.count,
        reasoning=way.reasoning or "hybrid",
        refining=decision.refining,
        moment=_moment(turn, decision),
        learned=context.learned_by(turn.conversation.owner),
        leanings=take_choices.leanings_of(turn.conversation.owner, way.learner),
        listeners=tuple(other.pk for other in others),
        blend=blend,
    )


def _shown_with(turn: Turn, decision: Decision) -> tuple[list[Picture], str]:
    """The photos a list is made from, and how they become one list: the turn's own; else the conversation's, unless
    its list is refined or something else is described."""
    if own := turn.pictures():
        return own, turn.together
    described = decision.words is not None and decision.words.intent == "describe"
    if decision.refining or described:
        return [], turn.together
    before = turn.conversation.pictured()
    return (before.pictures(), before.together) if before else ([], turn.together)


def _moment(turn: Turn, decision: Decision) -> tuple[str, ...]:
    """What the list is for: the clock for a new one, then what the words say, then what was chosen."""
    clock = () if decision.refining else context.clock(turn.conversation.owner, turn.created)
    return context.named([*clock, *occasions(turn.text), *turn.moment.split(",")])


def _conclude(
    turn: Turn, decision: Decision, outcome: changes.Outcome, playlist: Playlist | None, verdict: dict[str, Any]
) -> None:
    """Answer with what came of it, and have services asked for what was missing."""
    told = {"planner": decision.planner, "tokens": decision.tokens, "chips": list(outcome.chips)}
    asking = second_wave.announced(turn, outcome.seek)
    _answer(turn, f"{outcome.answer} {asking}".strip(), playlist, verdict | told)
    second_wave.ask_for(turn)


def _answer(turn: Turn, answer: str, playlist: Playlist | None, verdict: dict[str, Any] | None = None) -> None:
    at = 0
    for chunk in answers.chunks(answer):
        announce(turn, TextDelta(at=at, text=chunk))  # a repeated chunk lands on itself
        at += len(chunk)
    turns.finish(turn, answer=answer, playlist=playlist, verdict=verdict)


@dataclass
class TurnRecorder:
    """Writes down what the agents do, as they do it: steps on the turn, events for the page, the list as rows."""

    turn: Turn
    decision: Decision
    situation: Situation
    shown: Playlist | None
    stop: threading.Event
    steps: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.steps = dict(self.turn.steps) or {"agents": {}, "patches": {}}

    def proceed(self) -> bool:
        return not self.stop.is_set() and turns.beat(self.turn)

    def started(self, agent: Agent, round: int) -> None:
        self._note(agent, round, state="running", title=agent.title)
        announce(self.turn, StepStarted(agent=agent.name, title=_(agent.title), round=round))

    def finished(self, agent: Agent, round: int, ms: float, patch: Patch, board: Board) -> None:
        counters.observe("step_seconds", ms / 1000, step=agent.name)
        self.steps["patches"][f"{agent.name}:{round}"] = dump_patch(patch)
        self._note(agent, round, state="done", ms=round_ms(ms), summary=patch.summary)
        announce(self.turn, StepFinished(agent=agent.name, ms=round_ms(ms), summary=patch.summary, round=round))
        self._show(patch, board)

    def failed(self, agent: Agent, round: int, trouble: Trouble, board: Board) -> None:
        counters.count("step_failures", step=agent.name, code=trouble.code)
        self._note(agent, round, state="failed", summary=trouble.message)
        announce(self.turn, StepFailed(agent=agent.name, code=trouble.code, message=trouble.message))
        if agent.name == "recommendation" and board.ranked is not None and board.ranked.tracks:
            self.publish(board)

    def _note(self, agent: Agent, round: int, **facts: Any) -> None:
        entry = self.steps["agents"].setdefault(agent.name, {"title": agent.title})
        entry.update(facts, round=round)
        Turn.objects.filter(pk=self.turn.pk, attempts=self.turn.attempts).update(steps=self.steps)

    def _show(self, patch: Patch, board: Board) -> None:
        if reading := patch.changes.get("reading"):
            self._keep_readings(patch.changes.get("readings") or (reading,), board.order.cached)
            announce(self.turn, ReadingMade(tier=reading.tier))
        if patch.changes.get("brief"):
            announce(self.turn, BriefMade())
        if patch.changes.get("ranked") and board.ranked is not None and board.ranked.tracks:
            self.publish(board)

    def _keep_readings(self, readings: Sequence[ImageReading], known: Sequence[ImageReading | None]) -> None:
        pictures, _ = _shown_with(self.turn, self.decision)
        for picture, reading, before in zip(pictures, readings, known, strict=False):
            if before is None:
                Picture.objects.filter(pk=picture.pk).update(reading=dump(reading))

    def publish(self, board: Board) -> Playlist | None:
        """The agents' list, where it may take the place of the one that is shown."""
        board = changes.steady(board, self.situation, self.decision)
        if board.ranked is None or board.brief is None or not changes.takes_its_place(board, self.situation):
            return None
        return self.write(board.brief, board.ranked, set(board.order.keep))

    @transaction.atomic
    def write(self, brief: MusicBrief, ranked: RankedList, kept: Collection[int] = ()) -> Playlist:
        """The list as rows, shown as the conversation's head. The same turn's list is filled anew, never doubled."""
        # Without the key: events told meanwhile refer to the turn, and hold the conversation that this waits for next.
        row = Turn.objects.select_for_update(no_key=True).get(pk=self.turn.pk)
        if row.attempts != self.turn.attempts or row.state != Turn.State.RUNNING:
            raise Stopped
        before: list[ScoredTrack] = list(self.situation.shown)
        playlist = versions.publish(
            self.turn.conversation.owner,
            brief,
            ranked,
            row=row.playlist,
            picture=self.turn.picture or self.turn.conversation.picture,
            parent=self.shown,
            before=before if self.decision.refining else [],
            kept=kept,
        )
        Turn.objects.filter(pk=self.turn.pk).update(playlist=playlist)
        show(self.turn.conversation, playlist, self.shown)
        chosen = TracksChosen(playlist=playlist.pk, number=playlist.number, count=len(ranked.tracks))
        announce(self.turn, chosen)
        resolving.ask_for(self.turn.conversation, playlist)
        return playlist


def round_ms(ms: float) -> float:
    return round(ms, 1)
