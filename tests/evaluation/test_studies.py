"""The studies tell good from broken, chance from skill, and run on real data from one command."""

from __future__ import annotations

import json
import random
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from numpy.typing import NDArray

from core.stats.intervals import Estimate
from lab import matching, runner, scratch_database
from lab.datasets import lastfm, rated
from lab.datasets.lastfm import Listening
from lab.studies import recommendation
from lab.studies.registry import STUDIES
from lab.study import Lab, Table
from recommender.library.importers.tables.rows import UNIT_FEATURES, RowReader
from recommender.ranking.collaborative import EASE, ImplicitALS, ItemNeighbours, Learner, Popularity, RandomWalk


@pytest.fixture
def circles() -> Listening:
    """80 people in four circles, each of which listens to its own 15 items."""
    generator = np.random.default_rng(5)
    names = {str(item): f"item {item}" for item in range(60)}
    histories = [{str(i): 1.0 for i in generator.permutation(15)[:12] + 15 * (person % 4)} for person in range(80)]
    return lastfm.split(histories, names, 3, generator)


LEARNERS = (ItemNeighbours(), EASE(5.0), RandomWalk(), ImplicitALS(penalty=5.0, alpha=10.0))


class Broken(ItemNeighbours):
    """Its sign is turned round: it recommends what its circle never listens to."""

    def score(self, history: Any) -> NDArray[np.float64]:
        turned: NDArray[np.float64] = -super().score(history)
        return turned


@pytest.mark.parametrize("learner", LEARNERS, ids=lambda one: one.name)
def test_every_learner_finds_what_its_circle_listens_to(learner: Learner, circles: Listening) -> None:
    judged = recommendation.judge(learner.fit(circles.seen), circles, circles.hidden)
    plain = recommendation.judge(Popularity().fit(circles.seen), circles, circles.hidden)
    assert judged.recall.mean() > 0.95
    assert plain.recall.mean() < 0.8


def test_nothing_already_heard_is_listed(circles: Listening) -> None:
    judged = recommendation.judge(EASE().fit(circles.seen), circles, circles.hidden)
    for person, ranked in enumerate(judged.lists):
        assert not set(ranked) & set(circles.seen[person].indices)


def test_a_deliberately_broken_recommender_is_caught(circles: Listening, tmp_path: Path) -> None:
    learners = [Popularity(), ItemNeighbours(name="sound"), Broken(name="broken")]
    found = recommendation.compare(Lab(data=tmp_path), circles, learners, "circles")
    rows = {row[0]: row for row in found.tables[0].rows}
    tests = {row[0]: row for row in found.tables[1].rows}
    assert isinstance(rows["broken"][1], Estimate)
    assert rows["broken"][1].high < rows["popularity"][1].low  # type: ignore[union-attr]
    assert tests["broken"][2] < 0.01  # type: ignore[operator]
    assert found.tables[1].title.startswith("How far sound is ahead")


def test_the_control_takes_the_skill_away(circles: Listening, tmp_path: Path) -> None:
    found = recommendation.compare(Lab(data=tmp_path), circles, [Popularity(), ItemNeighbours(name="sound")], "circles")
    (control,) = [table for table in found.tables if table.control]
    dealt = {row[0]: row[2] for row in control.rows}["sound"]
    assert isinstance(dealt, Estimate)
    assert dealt.high < 0.6 * found.tables[0].rows[1][2].low  # type: ignore[union-attr]


def test_the_ceiling_is_one_where_all_is_known_and_chance_where_nothing_is() -> None:
    everything = matching.simulated((1, 1), (1, 1), (60, 400), 0)
    nothing = matching.simulated((0, 0), (0, 0), (60, 400), 0)
    between = matching.simulated((0.8, 0.8), (0.7, 0.7), (60, 400), 0)
    assert everything.min() == pytest.approx(1.0)
    assert nothing.mean() < 0.2 < between.mean() < 0.9


def test_matching_by_wrong_points_is_no_better_than_chance() -> None:
    generator = np.random.default_rng(2)
    pictures, songs = generator.normal(size=(80, 2)), generator.normal(size=(300, 2))
    right = matching.quality((pictures, songs), (pictures, songs))
    shuffled = matching.quality((generator.permutation(pictures), songs), (pictures, songs))
    chance = matching.quality((pictures * 0, songs * 0), (pictures, songs))
    assert right.mean() == pytest.approx(1.0)
    assert abs(shuffled.mean() - chance.mean()) < 0.08


def test_dealt_relevance_is_at_chance_where_dealt_points_are_not() -> None:
    """Songs lie in the middle, where most pictures are asked for: any picture's list suits another picture."""
    generator = np.random.default_rng(4)
    pictures, songs = generator.normal(0, 0.3, (200, 2)), generator.normal(size=(300, 2))
    other = matching.quality((generator.permutation(pictures), songs), (pictures, songs)).mean()
    dealt = matching.permuted_quality((pictures, songs), (pictures, songs), generator).mean()
    chance = matching.quality((pictures * 0, songs * 0), (pictures, songs)).mean()
    assert other > 2 * chance
    assert dealt == pytest.approx(chance, abs=0.03)


def test_all_thirteen_are_there_with_a_question_each() -> None:
    assert len(STUDIES) == 13
    assert all(study.question.endswith("?") and study.parts for study in STUDIES.values())


def test_the_command_lists_studies_and_data_sets_and_refuses_what_it_does_not_know(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("evaluate", "--list", "--json", data=tmp_path)
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["study"] for one in told if "study" in one] == list(STUDIES)
    assert all(one["licence"] and one["download"] for one in told if "dataset" in one)
    with pytest.raises(CommandError, match="no study called nonsense"):
        call_command("evaluate", "nonsense", data=tmp_path)
    with pytest.raises(CommandError, match="is not a folder"):
        call_command("evaluate", "mapping", data=tmp_path / "nowhere")


SELF_CONTAINED = {"real_reactions", "changed_tastes"}
"""Parts that stand on the people of this installation, or on made-up ones, and on no data set."""


@pytest.mark.parametrize("name", STUDIES)
def test_every_study_without_data_says_what_is_missing(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scratch_database, "opened", lambda lab: None)
    parts = {part: work for part, work in STUDIES[name].parts.items() if part not in SELF_CONTAINED}
    study = STUDIES[name].with_parts({})
    outcome = runner.run(type(study)(name=name, title="t", question="?", parts=parts), Lab(data=tmp_path), tmp_path)
    assert not outcome.findings
    assert not outcome.broken
    assert len(outcome.missing) == len(parts)
    assert all("not in the data folder" in one for one in outcome.missing)


@pytest.mark.django_db
def test_real_reactions_need_people(tmp_path: Path) -> None:
    study = STUDIES["adaptability"]
    part = {"real_reactions": study.parts["real_reactions"]}
    outcome = runner.run(type(study)(name="a", title="t", question="?", parts=part), Lab(data=tmp_path), tmp_path)
    assert "Only 0 people here have reacted enough" in outcome.missing[0]


def test_real_listening_is_learned_and_repeats_to_the_digit(shared_data: Path, tmp_path: Path) -> None:
    study = STUDIES["recommendation"]
    one = type(study)(name="r", title="t", question="?", parts={"listening": study.parts["listening"]})
    first, second = (
        runner.run(one, Lab(data=shared_data, quick=True), tmp_path / name).findings["listening"] for name in "ab"
    )
    assert first == second
    rows = {row[0]: row[2] for row in first.tables[0].rows}
    assert rows["EASE"].low > rows["popularity"].high > rows["random"].high  # type: ignore[union-attr]


LEFT_TO_THE_COMMAND = {"dialogues", "faults", "drift", "real_reactions", "learning_curve", "people"}
"""Parts that take longest or need people; ``evaluate all --quick`` runs them."""


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_studies_run_on_real_data_and_their_controls_lie_at_chance(
    shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rated, "QUICK_PHOTOS", 40)
    monkeypatch.setattr(rated.views, "best_tier", lambda: "basic")
    lab = Lab(data=shared_data, quick=True, database=nullcontext)
    controls = 0
    for name, study in STUDIES.items():
        parts = {part: work for part, work in study.parts.items() if part not in LEFT_TO_THE_COMMAND}
        outcome = runner.run(replace(study, parts=parts), lab, tmp_path)
        assert set(outcome.findings) == set(parts), (name, outcome.missing, outcome.broken)
        for found in outcome.findings.values():
            controls += sum(at_chance(table) for table in found.tables if table.control)
    assert controls >= 8


def at_chance(table: Table) -> int:
    """How many rows of a control stand beside what chance gives; their wide intervals must hold it."""
    told = 0
    for name in {"random", "by chance"} & set(table.columns):
        for row in table.rows:
            chance = row[table.columns.index(name)]
            expected = chance.value if isinstance(chance, Estimate) else chance
            known = [cell for cell in row[1 : table.columns.index(name)] if isinstance(cell, Estimate)]
            for cell in known if isinstance(expected, float | int) else []:
                reach = 2 * (cell.high - cell.low)
                assert cell.low - reach <= expected <= cell.high + reach, (table.title, row)
                told += 1
    return told


def test_a_catalogue_larger_than_the_table_is_filled_up_with_further_takes() -> None:
    header = ["track_id", "title", "duration_ms", *UNIT_FEATURES]
    rows = [[f"{number:022d}", f"Song {number}", "200000", *["0.02"] * len(UNIT_FEATURES)] for number in range(40)]
    made = list(scratch_database.takes(header, rows, 100, random.Random(3)))
    ids = [row[0] for row in (*rows, *made)]
    assert len(made) == 100 and len(set(ids)) == len(ids)
    read = [RowReader(header).read(line, row) for line, row in enumerate(made)]
    assert {row.title for row in read} == {row[1] for row in rows}
    told = [row.features["valence"] for row in read]
    assert len(set(told)) > 50 and min(told) == 0.0 and max(told) < 0.2
