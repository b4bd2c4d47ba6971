"""A conversation that nobody stores: one sentence after another over the list as it stands, as a turn of the page
takes it, for the command line and for studies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from agents import answers
from agents.board import Board, Order, Trouble
from agents.conversations import changes, scopes
from agents.conversations.planners import planner
from agents.coordination import STRATEGIES
from agents.coordination.base import Stage, Unwatched, act_here
from agents.language.occasions import occasions
from agents.planner import Decision, Situation
from agents.references import artists_by_name, known_by_name, shared_with_all
from agents.replies import speaking
from agents.roles import team
from agents.roles.image_analysis import ImageAnalysis, read_file
from core.schemas import ImageReading, MusicBrief, RankedList, ScoredTrack, Unmet
from core.storage import Readable
from feedback.experiments.assignment import arm_for
from feedback.taste import context, group
from recommender.models import Track

Work = Callable[[Order], Board]
"""The agents' work on an order."""


@dataclass
class LocalTeam:
    """Lets the agents work on orders; keeps what the pictures gave, and how long each agent took last."""

    strategy: str
    read: Callable[[Readable], ImageReading] = read_file
    reading: ImageReading | None = None
    took: dict[str, float] = field(default_factory=dict)
    troubles: tuple[Trouble, ...] = ()

    def work(self, order: Order) -> Board:
        members = team() | {"image_analysis": ImageAnalysis(read=self.read)}
        stage = Stage(listener=Unwatched(), perform=act_here)
        board = STRATEGIES[self.strategy](members, Board(order=order), stage)
        self.reading = board.reading or self.reading
        self.took |= {message.agent: message.ms for message in stage.messages}
        self.troubles = board.troubles
        return board


@dataclass(frozen=True, kw_only=True)
class Version:
    """One version of the list, and the number of the version it was made from."""

    brief: MusicBrief
    ranked: RankedList
    parent: int | None = None


@dataclass(frozen=True, kw_only=True)
class Said:
    """What one sentence did: the list and the brief as they stood after it, and what left and came."""

    say: str
    reply: str
    intent: str | None
    brief: MusicBrief | None
    tracks: tuple[ScoredTrack, ...]
    left: tuple[ScoredTrack, ...] = ()
    came: tuple[ScoredTrack, ...] = ()
    unmet: tuple[Unmet, ...] = ()

    def as_json(self) -> dict[str, Any]:
        point = (
            {"valence": round(self.brief.valence, 4), "arousal": round(self.brief.arousal, 4)} if self.brief else None
        )
        return {
            "say": self.say,
            "reply": self.reply,
            "intent": self.intent,
            "brief": point,
            "tracks": [[track.title, track.artist] for track in self.tracks],
            "left": [[track.title, track.artist] for track in self.left],
            "came": [[track.title, track.artist] for track in self.came],
            "unmet": [{"limit": one.limit, "message": one.message} for one in self.unmet],
        }


@dataclass
class Talk:
    """``start``: the order that the first list is made from (pictures, a song, a scope; what it drops never comes);
    ``work``: who carries it out; ``board``: what the agents left on the table last."""

    start: Order
    work: Work
    person: User | None = None
    versions: list[Version] = field(default_factory=list)
    head: int | None = None
    board: Board | None = None
    scope: scopes.Scope = field(default_factory=scopes.Scope)
    said: list[str] = field(default_factory=list)

    @property
    def shown(self) -> Version | None:
        return self.versions[self.head] if self.head is not None else None

    @property
    def pictured(self) -> bool:
        return bool(self.start.pictures or self.start.cached)

    def begin(self) -> Said:
        """The list that the pictures alone give."""
        return self._done("", Decision(kind="recommend"), self._recommend("", Decision(kind="recommend")), ())

    def say(self, text: str) -> Said:
        """One sentence, taken as a turn of the page takes it."""
        situation = self.situation()
        decision = planner().decide(text, situation)
        self.said.append(text)
        with speaking(decision.words):
            return self._carried_out(text, decision, situation)

    def _carried_out(self, text: str, decision: Decision, situation: Situation) -> Said:
        if decision.kind == "recommend" and decision.words and decision.words.intent == "scope":
            decision = self._rescoped(text, decision)
        match decision.kind:
            case "recommend":
                outcome = changes.kept_already(decision, situation) or self._recommend(text, decision)
            case "change":
                outcome = changes.change(decision, situation, self._chooser())
            case "undo" | "redo":
                return self._stepped(text, decision)
            case "explain":
                outcome = changes.Outcome(answer=answers.explain(situation, decision.about))
            case "compare":
                outcome = changes.Outcome(answer=answers.compare(situation, decision.about))
            case "play":
                outcome = changes.Outcome(answer=answers.playing(*changes.first_sounding(situation, decision.about)))
            case _:
                outcome = changes.Outcome(answer=decision.reply)
        return self._done(text, decision, outcome, situation.shown)

    def situation(self) -> Situation:
        """What is on the table."""
        version = self.shown
        return Situation(
            shown=version.ranked.tracks if version else (),
            brief=version.brief if version else None,
            has_picture=self.pictured and version is None,
            said=tuple(self.said),
            knows=partial(known_by_name, self.person),
            shared=shared_with_all,
            look_up=artists_by_name,
        )

    def _recommend(self, text: str, decision: Decision) -> changes.Outcome:
        situation = self.situation()
        self.board, outcome = changes.recommended(decision, situation, self._order(text, decision), self._worked_out)
        return outcome

    def _worked_out(self, order: Order, _afresh: bool) -> Board:
        return self.work(order)

    def _order(self, text: str, decision: Decision) -> Order:
        version, first = self.shown, not self.versions
        again = decision.refining or (decision.words is not None and decision.words.intent == "describe")
        pictured = first or not again
        return replace(
            self.start,
            pictures=self.start.pictures if pictured else (),
            cached=self.start.cached if pictured else (),
            sound=self.start.sound if first else None,
            text=text,
            words=(decision.words,) if decision.words else (),
            previous=version.brief if version and decision.refining else None,
            current=version.ranked.tracks if version else (),
            keep=decision.keep,
            drop=(*self.start.drop, *decision.drop, *self.scope.without),
            like=decision.like or self.scope.like,
            scope=self.scope.within if self.scope.within is not None else self.start.scope,
            count=decision.count or (self.start.count if not decision.refining else None) or self.scope.count,
            refining=decision.refining,
            moment=context.named([*(() if decision.refining else self.start.moment), *occasions(text)]),
        )

    def _chooser(self) -> changes.Choose:
        way = arm_for(self.person, "list") if self.person else None
        liking = group.taste_of(self.person, way.learner, (), "fair") if self.person and way else None
        within = self.scope.within if self.scope.within is not None else self.start.scope
        return changes.chooser(
            self.person,
            scope=Track.objects.filter(pk__in=within) if within is not None else None,
            without=(*self.start.drop, *self.scope.without),
            liking=liking,
            weights=way.weights if way else None,
        )

    def _rescoped(self, text: str, decision: Decision) -> Decision:
        if scopes.everywhere(text):
            self.scope = scopes.Scope()
        elif self.person and (found := scopes.named(self.person, text)):
            self.scope = scopes.scope_of(found, scopes.mode_of(text))
        else:
            reply = scopes.not_found(self.person) if self.person else _(scopes.NOBODYS)
            return replace(decision, kind="reply", reply=reply)
        return decision

    def _stepped(self, text: str, decision: Decision) -> Said:
        before = self.shown.ranked.tracks if self.shown else ()
        to = self._neighbour(back=decision.kind == "undo")
        while decision.to_first and to is not None and (earlier := self.versions[to].parent) is not None:
            to = earlier
        if to is not None:
            self.head = to
        outcome = changes.Outcome(answer=answers.stepped(decision.kind, None if to is None else to + 1))
        return self._told(text, decision, outcome, before)

    def _neighbour(self, *, back: bool) -> int | None:
        if back:
            return self.shown.parent if self.shown else None
        children = [number for number, version in enumerate(self.versions) if version.parent == self.head]
        return children[-1] if children and self.head is not None else None

    def _done(self, text: str, decision: Decision, outcome: changes.Outcome, before: Sequence[ScoredTrack]) -> Said:
        if outcome.brief is not None and outcome.ranked is not None:
            self.versions.append(Version(brief=outcome.brief, ranked=outcome.ranked, parent=self.head))
            self.head = len(self.versions) - 1
        return self._told(text, decision, outcome, before)

    def _told(self, text: str, decision: Decision, outcome: changes.Outcome, before: Sequence[ScoredTrack]) -> Said:
        version = self.shown
        tracks = version.ranked.tracks if version else ()
        old, new = {track.track_id for track in before}, {track.track_id for track in tracks}
        return Said(
            say=text,
            reply=outcome.answer,
            intent=decision.words.intent if decision.words else None,
            brief=version.brief if version else None,
            tracks=tracks,
            left=tuple(track for track in before if track.track_id not in new),
            came=tuple(track for track in tracks if track.track_id not in old),
            unmet=outcome.unmet,
        )
