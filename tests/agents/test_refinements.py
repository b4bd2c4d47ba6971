"""Refinements in the words of others: a list kept apart from everything the reading was built on."""

from __future__ import annotations

import csv
from pathlib import Path

from agents.language.parser import read_words

PHRASINGS = Path(__file__).parent / "phrasings" / "refinements.csv"


def test_the_direction_of_a_refinement_is_right_nine_times_in_ten() -> None:
    with PHRASINGS.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["valence"] != "0"]
    wrong, moves = [], 0
    for row in rows:
        reading = read_words(row["text"])
        if reading.intent == "remove":  # "drop the sad ones" takes tracks out and moves nothing else
            continue
        moves += 1
        moved = {want.feature: want.direction for want in reading.wants}
        if moved.get("valence") != int(row["valence"]):
            wrong.append(row["text"])

    assert len(wrong) <= 0.1 * moves, wrong
