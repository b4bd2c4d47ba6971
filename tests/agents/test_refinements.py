"""Refinements in the words of others: a list kept apart from everything the reading was built on."""

from __future__ import annotations

import csv
from pathlib import Path

from agents.language.parser import read_words

PHRASINGS = Path(__file__).parent / "phrasings" / "refinements.csv"


def test_the_direction_of_a_refinement_is_right_nine_times_in_ten() -> None:
    with PHRASINGS.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["valence"] != "0"]
    wrong = []
    for row in rows:
        moved = {want.feature: want.direction for want in read_words(row["text"]).wants}
        if moved.get("valence") != int(row["valence"]):
            wrong.append(row["text"])

    assert len(wrong) <= 0.1 * len(rows), wrong
