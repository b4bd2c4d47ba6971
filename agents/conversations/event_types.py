"""The kinds of events and what each carries. What is sent and stored is ``payload()``: plain JSON without the kind.

Rows of an older version are sent as they were stored; these types are what this version writes.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    def payload(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude={"kind"})


class TurnQueued(_Event):
    kind: Literal["turn.queued"] = "turn.queued"
    text: str


class TurnStarted(_Event):
    """``attempt``: from 1; higher where a lost worker's turn was picked up again."""

    kind: Literal["turn.started"] = "turn.started"
    strategy: str
    attempt: int


class StepStarted(_Event):
    kind: Literal["step.started"] = "step.started"
    agent: str
    title: str
    round: int


class StepFinished(_Event):
    """``ms``: milliseconds; ``summary``: what the agent found, in a sentence."""

    kind: Literal["step.finished"] = "step.finished"
    agent: str
    ms: float
    summary: str
    round: int


class StepFailed(_Event):
    kind: Literal["step.failed"] = "step.failed"
    agent: str
    code: str
    message: str


class ReadingMade(_Event):
    kind: Literal["reading"] = "reading"
    tier: str


class BriefMade(_Event):
    kind: Literal["brief"] = "brief"


class TracksChosen(_Event):
    """``playlist``: the version that holds them; ``number``: its place in the conversation."""

    kind: Literal["tracks"] = "tracks"
    playlist: UUID
    number: int
    count: int


class TextDelta(_Event):
    """A piece of the answer, ``at`` characters from its beginning: a piece that comes twice lands on itself."""

    kind: Literal["text.delta"] = "text.delta"
    at: int
    text: str


class TurnDone(_Event):
    kind: Literal["turn.done"] = "turn.done"
    answer: str
    playlist: UUID | None
    ms: int


class TurnFailed(_Event):
    kind: Literal["turn.failed"] = "turn.failed"
    code: str
    message: str
    hint: str


class TurnCancelled(_Event):
    kind: Literal["turn.cancelled"] = "turn.cancelled"


class ListChanged(_Event):
    """Another version is shown. ``by``: what did it, such as ``undo`` or ``chip``."""

    kind: Literal["list.changed"] = "list.changed"
    playlist: UUID
    number: int
    by: str


class Play(_Event):
    """``track``: the id of the track that the page is to play."""

    kind: Literal["play"] = "play"
    track: int


class PeopleChanged(_Event):
    """Somebody joined or left a shared session."""

    kind: Literal["people"] = "people"


class Found(_Event):
    """What music services had of the list's tracks. ``tracks``: ids of those that something was found for since the
    last such event; ``failed``: titles of services that did not answer; ``offline``: none of them did."""

    kind: Literal["found"] = "found"
    playlist: UUID
    tracks: tuple[int, ...]
    failed: tuple[str, ...] = ()
    offline: bool = False


class SecondWave(_Event):
    """What came of asking music services for what the library lacks, in a sentence. ``playlist``: the version that has
    what they found, ``tracks``: the ids of it there; None and empty where the list stays as it is."""

    kind: Literal["second.wave"] = "second.wave"
    text: str
    playlist: UUID | None = None
    tracks: tuple[int, ...] = ()


AnyEvent = Annotated[
    TurnQueued
    | TurnStarted
    | StepStarted
    | StepFinished
    | StepFailed
    | ReadingMade
    | BriefMade
    | TracksChosen
    | TextDelta
    | TurnDone
    | TurnFailed
    | TurnCancelled
    | ListChanged
    | Play
    | PeopleChanged
    | Found
    | SecondWave,
    Field(discriminator="kind"),
]
