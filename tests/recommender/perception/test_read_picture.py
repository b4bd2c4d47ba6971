"""``read_picture`` and ``train`` from the shell."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from recommender.perception.images import affect_model
from tests.recommender.photos import encoded, painted, seaside

SHAPE = ["file", "valence", "arousal", "moods", "scenes", "concepts", "palette", "tags", "tier", "confidence", "ms"]


@pytest.fixture(autouse=True)
def no_networks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DYLUMO_MODEL_DIR", str(tmp_path / "models"))


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_one_line_a_picture_in_the_agreed_shape(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "sea.png"
    file.write_bytes(encoded(seaside(), "PNG"))
    call_command("read_picture", str(file), "--json")
    (line,) = lines(capsys)
    assert list(line) == SHAPE
    assert line["tier"] == "basic"
    assert set(line["moods"][0]) == {"name", "score"}
    assert set(line["palette"][0]) == {"hex", "share"}


def test_a_bad_file_is_one_line_and_the_rest_is_still_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = tmp_path / "good.jpg", tmp_path / "bad.jpg"
    good.write_bytes(encoded(painted()))
    bad.write_bytes(b"ID3\x04 this is music")
    with pytest.raises(SystemExit) as ended:
        call_command("read_picture", str(bad), str(tmp_path / "none.jpg"), str(good), "--json")
    assert ended.value.code == 1
    first, second, third = lines(capsys)
    assert first["error"]["code"] == "picture_unsupported"
    assert set(first["error"]) == {"code", "message", "hint"}
    assert second["error"]["code"] == "picture_unreadable"
    assert list(third) == SHAPE


def test_a_person_gets_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "sea.jpg"
    file.write_bytes(encoded(seaside()))
    call_command("read_picture", str(file))
    shown = capsys.readouterr().out
    assert "light over open sky" in shown
    assert "basic tier" in shown


def rated_folder(folder: Path) -> Path:
    """Sixty made-up photos of fifteen themes in OASIS's layout; bright ones are rated pleasant."""
    (folder / "images").mkdir(parents=True)
    rng = np.random.default_rng(0)
    with (folder / "oasis.csv").open("w", newline="", encoding="utf-8") as out:
        table = csv.writer(out)
        table.writerow(["file", "theme", "category", "valence_mean", "arousal_mean"])
        for number in range(60):
            light = rng.uniform(0.1, 1)
            image = seaside(120, 80).point(lambda value, light=light: int(value * light))
            (folder / "images" / f"{number}.jpg").write_bytes(encoded(image))
            theme = "Flowers" if number < 8 else f"Theme {number % 14}"
            table.writerow([f"{number}.jpg", theme, "Scenery", 1 + 6 * light, 4 + rng.normal()])
    return folder


@pytest.mark.slow
def test_training_learns_what_is_there_and_reports_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DYLUMO_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(affect_model, "TRAINED", tmp_path)
    folder = rated_folder(tmp_path / "oasis")
    call_command("train", "picture_affect", "--tier", "basic", "--data", str(folder), "--json")
    figures = json.loads(capsys.readouterr().out)["basic"]
    assert figures["photos"] == 60
    valence = figures["valence"]["spearman"]
    assert valence["low"] < valence["value"] <= valence["high"]
    assert valence["value"] > 0.8
    assert abs(figures["arousal"]["spearman"]["value"]) < 0.5
    assert (tmp_path / "picture_affect_basic.npz").is_file()
    assert "60 photos" in (tmp_path / "picture_affect_basic.md").read_text(encoding="utf-8")


def test_training_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"no oasis\.csv"):
        call_command("train", "picture_affect", "--data", str(tmp_path))
    with pytest.raises(CommandError, match="picture_affect"):
        call_command("train", "nonsense")
