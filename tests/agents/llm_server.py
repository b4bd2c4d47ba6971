"""A local server that speaks the OpenAI chat protocol and answers by script."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.local_server import Quiet, answering

Answer = dict[str, Any] | int | str | float | tuple[str, dict[str, Any]]
"""A form to fill in; an HTTP status to fail with; text for the form that is not JSON; seconds to dawdle first; or a
call of a tool, as its name and arguments."""


class ScriptedModel:
    """What was asked of the model, and what it answers, one after another; the last answer repeats."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.asked: list[dict[str, Any]] = []
        self.url = ""

    def next(self) -> Answer:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def serving(script: ScriptedModel) -> Iterator[ScriptedModel]:
    class Handler(Quiet):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            script.asked.append(body)
            answer = script.next()
            if isinstance(answer, float):
                time.sleep(answer)
                answer = {"intent": "smalltalk"}
            if isinstance(answer, int):
                self._send(answer, {"error": {"message": "no", "type": "x", "code": None, "param": None}})
                return
            tool, form = answer if isinstance(answer, tuple) else ("final_result", answer)
            self._send(200, completion(body, tool, form if isinstance(form, str) else json.dumps(form)))

        def _send(self, status: int, body: dict[str, Any]) -> None:
            data = json.dumps(body).encode()
            try:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                if status == 429:
                    self.send_header("Retry-After", "60")
                self.end_headers()
                self.wfile.write(data)
            except OSError:
                pass  # the client gave up waiting

    with answering(Handler) as address:
        script.url = f"{address}/v1"
        yield script


def completion(body: dict[str, Any], tool: str, arguments: str) -> dict[str, Any]:
    assert tool in {offered["function"]["name"] for offered in body["tools"]}
    call = {"id": f"c{len(body['messages'])}", "type": "function", "function": {"name": tool, "arguments": arguments}}
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    return {
        "id": "x",
        "object": "chat.completion",
        "created": 1,
        "model": body["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}],
        "usage": {"prompt_tokens": 50, "completion_tokens": 20, "total_tokens": 70},
    }
