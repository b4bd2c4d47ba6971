"""Events as they are stored and sent: the JSON that pages and programs have always got."""

from __future__ import annotations

import json
from typing import Any, get_args
from uuid import UUID

import pytest
from pydantic import TypeAdapter, ValidationError

from agents.conversations import event_types as types
from agents.conversations import events
from agents.models import Event
from core.errors import Unavailable
from tests.factories import TurnFactory

LIST = UUID("6a2f41a3-c54c-4f3d-9d5b-2f7c1d0e8b1a")
WRITTEN: list[tuple[types.AnyEvent, str, str]] = [
    (types.TurnQueued(text="slower"), "turn.queued", '{"text": "slower"}'),
    (types.TurnStarted(strategy="blackboard", attempt=2), "turn.started", '{"strategy": "blackboard", "attempt": 2}'),
    (
        types.StepStarted(agent="mapping", title="Turning feelings into sound", round=1),
        "step.started",
        '{"agent": "mapping", "title": "Turning feelings into sound", "round": 1}',
    ),
    (
        types.StepFinished(agent="mapping", ms=12.0, summary="Calm.", round=1),
        "step.finished",
        '{"agent": "mapping", "ms": 12.0, "summary": "Calm.", "round": 1}',
    ),
    (
        types.StepFailed(agent="mapping", code="timeout", message="Too slow."),
        "step.failed",
        '{"agent": "mapping", "code": "timeout", "message": "Too slow."}',
    ),
    (types.ReadingMade(tier="lite"), "reading", '{"tier": "lite"}'),
    (types.BriefMade(), "brief", "{}"),
    (
        types.TracksChosen(playlist=LIST, number=3, count=12),
        "tracks",
        f'{{"playlist": "{LIST}", "number": 3, "count": 12}}',
    ),
    (types.TextDelta(at=4, text="é"), "text.delta", '{"at": 4, "text": "é"}'),
    (
        types.TurnDone(answer="Here.", playlist=None, ms=7),
        "turn.done",
        '{"answer": "Here.", "playlist": null, "ms": 7}',
    ),
    (
        types.TurnFailed(**Unavailable("No.", hint="Wait.", code="off").as_json()),
        "turn.failed",
        '{"code": "off", "message": "No.", "hint": "Wait."}',
    ),
    (types.TurnCancelled(), "turn.cancelled", "{}"),
    (
        types.ListChanged(playlist=LIST, number=2, by="undo"),
        "list.changed",
        f'{{"playlist": "{LIST}", "number": 2, "by": "undo"}}',
    ),
    (types.Play(track=9), "play", '{"track": 9}'),
    (types.PeopleChanged(), "people", "{}"),
    (
        types.Found(playlist=LIST, tracks=(4, 7), failed=("Deezer",)),
        "found",
        f'{{"playlist": "{LIST}", "tracks": [4, 7], "failed": ["Deezer"], "offline": false}}',
    ),
    (
        types.SecondWave(text="Found 1 song.", playlist=LIST, tracks=(7,)),
        "second.wave",
        f'{{"text": "Found 1 song.", "playlist": "{LIST}", "tracks": [7]}}',
    ),
]


def test_every_kind_is_among_these() -> None:
    union, _ = get_args(types.AnyEvent)
    assert {type(event) for event, _, _ in WRITTEN} == set(get_args(union))


@pytest.mark.parametrize(("event", "kind", "sent"), WRITTEN)
def test_an_event_is_written_as_it_always_was_and_read_back(event: types.AnyEvent, kind: str, sent: str) -> None:
    assert (event.kind, json.dumps(event.payload(), ensure_ascii=False)) == (kind, sent)
    assert TypeAdapter(types.AnyEvent).validate_python({"kind": kind, **event.payload()}) == event


@pytest.mark.parametrize("payload", [{}, {"text": "a", "more": 1}, {"text": 3}])
def test_what_a_kind_does_not_carry_is_refused_before_it_is_stored(payload: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        types.TurnQueued(**payload)


@pytest.mark.django_db
def test_rows_of_another_version_are_sent_as_they_were_stored() -> None:
    turn = TurnFactory()
    stored = {"tier": "lite", "since": "an older version"}
    Event.objects.create(conversation=turn.conversation, turn=turn, seq=1, kind="no.longer.known", payload=stored)
    (frame,) = events.after(turn.conversation_id, 0)
    assert (frame["kind"], frame["payload"]) == ("no.longer.known", stored)
