"""What strangers send is worked on elsewhere: whatever happens there stays there."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from core.confined import Busy, Confined, Costly, Refused


def confined(job: str, seconds: float = 120, megabytes: int = 256, at_once: int = 1, patience: float = 120) -> Confined:
    target = f"tests.confined_jobs:{job}"
    return Confined(target, seconds=seconds, megabytes=megabytes, at_once=at_once, patience=patience)


def test_bytes_go_there_and_back_and_the_process_is_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DYLUMO_SECRET_KEY", "secret")
    echo, data = confined("echo"), os.urandom(3 * 2**20)
    told, parts = echo({"name": "a\n"}, data)
    assert (told["told"], parts) == ({"name": "a\n"}, [data, data[::-1]])
    assert not {"DYLUMO_SECRET_KEY", "DATABASE_URL", "DYLUMO_HOME"} & set(told["names"])
    assert echo({}, b"")[0]["pid"] == told["pid"] != os.getpid()


def test_a_refusal_keeps_its_words() -> None:
    with pytest.raises(Refused) as refused:
        confined("refuse")({})
    assert refused.value.as_json() == {"code": "not_this_one", "message": "Not this one.", "hint": "Another."}


@pytest.mark.parametrize(
    ("job", "seconds", "code"),
    [("hang", 0.5, "took_too_long"), ("eat", 120, "too_much_memory"), ("die", 120, "crashed")],
)
def test_what_is_too_much_ends_its_own_process_and_the_next_gets_a_new_one(job: str, seconds: float, code: str) -> None:
    runs = confined(job, seconds)
    for _ in range(2):
        with pytest.raises(Costly) as costly:
            runs({"megabytes": 1024})
        assert costly.value.code == code


def test_only_so_many_run_at_once(tmp_path: Path) -> None:
    pipes = {name: tmp_path / name for name in ("begun", "end")}
    for path in pipes.values():
        os.mkfifo(path)
    told = {name: str(path) for name, path in pipes.items()}
    runs, answers = confined("wait_for", patience=0), []
    first = threading.Thread(target=lambda: answers.append(runs(told)), daemon=True)
    first.start()
    assert pipes["begun"].read_text() == "x"
    with pytest.raises(Busy):
        runs(told)
    pipes["end"].write_text("go on")
    first.join(120)
    assert answers == [({"heard": "go on"}, [])]
