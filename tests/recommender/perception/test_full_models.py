"""Weights are fetched from a hub that speaks the real protocol, and loaded from where they were put."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from django.core.management import call_command

from core.errors import BadInput, Unavailable
from recommender.models import LibraryJob
from recommender.perception.images import clip
from recommender.perception.weights import hub as full_models
from tests.local_server import Quiet, answering

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub(Quiet):
    """The few addresses of the hub that a download of a whole repository uses."""

    def __init__(self, folder: Path, *args: object) -> None:
        self.folder = folder
        super().__init__(*args)  # type: ignore[arg-type]

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, *, body: bool) -> None:
        if self.path.startswith("/api/models/someone/tiny"):
            files = [{"rfilename": one.name} for one in self.folder.iterdir()]
            data = json.dumps({"id": "someone/tiny", "sha": COMMIT, "siblings": files}).encode()
            if "/tree/" in self.path:
                data = json.dumps(
                    [
                        {"type": "file", "path": one.name, "size": one.stat().st_size, "oid": _etag(one)}
                        for one in self.folder.iterdir()
                    ]
                ).encode()
            self._send(200, data, {"Content-Type": "application/json"}, body)
            return
        name = self.path.partition("?")[0].rpartition("/")[2]
        file = self.folder / name
        if "/someone/tiny/resolve/" not in self.path or not file.is_file():
            self._send(404, b"", {"X-Error-Code": "EntryNotFound"}, body)
            return
        self._send(200, file.read_bytes(), {"ETag": f'"{_etag(file)}"', "X-Repo-Commit": COMMIT}, body)

    def _send(self, status: int, data: bytes, headers: dict[str, str], body: bool) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        if body:
            self.wfile.write(data)


def _etag(file: Path) -> str:
    return hashlib.sha1(file.read_bytes()).hexdigest()


@pytest.fixture
def hub(checkpoint: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    with answering(partial(Hub, checkpoint)) as address:
        monkeypatch.setenv("HF_ENDPOINT", address)
        monkeypatch.setenv("DYLUMO_MODEL_DIR", str(tmp_path))
        monkeypatch.setenv("DYLUMO_CLIP_MODEL", "hf-hub:someone/tiny")
        yield "someone/tiny"


@pytest.mark.django_db(transaction=True)
def test_weights_are_fetched_and_then_loaded_without_the_network(
    hub: str, checkpoint: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DYLUMO_CLAP_MODEL", str(tmp_path / "own"))
    assert not clip.on_disk()
    assert full_models.fetched() == []
    call_command("models", "fetch", "full")
    job = LibraryJob.objects.get()
    assert (job.kind, job.argument, job.state, job.counts["added"]) == ("models", "full", "done", 1)
    (there,) = full_models.fetched()
    assert there.repository == hub and there.bytes > 0
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert clip.on_disk()
    fetched = clip.towers().encode_texts(["a sea"])
    monkeypatch.setenv("DYLUMO_CLIP_MODEL", f"local-dir:{checkpoint}")
    np.testing.assert_allclose(fetched, clip.towers().encode_texts(["a sea"]), atol=1e-4)
    call_command("models", "remove", "full")
    assert full_models.fetched() == []


@pytest.mark.django_db(transaction=True)
def test_a_hub_that_is_away_a_full_disk_and_a_local_model_are_said(
    hub: str, checkpoint: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(Unavailable) as caught:
        full_models.fetch("someone/else")
    assert caught.value.code == "full_offline"
    monkeypatch.setattr(full_models, "LARGEST", 2**60)
    with pytest.raises(SystemExit):
        call_command("models", "fetch", "full", "--json")
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "full_disk"
    assert LibraryJob.objects.get().state == "failed"
    monkeypatch.setenv("DYLUMO_CLIP_MODEL", f"local-dir:{checkpoint}")
    with pytest.raises(BadInput) as caught_local:
        full_models.repository_of("pictures")
    assert caught_local.value.code == "nothing_to_fetch"


def test_a_download_stops_when_its_caller_does(hub: str) -> None:
    def stop(done: int, note: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        full_models.fetch(hub, stop)
