"""Whoever stands after "by" with a capital or in quotes is an artist asked for, known or not; places are none."""

from __future__ import annotations

import pytest

from agents.language.parser import read_words


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("something by Zorblax", "Zorblax"),
        ("Something by the Zorblax Quintet, please", "Zorblax Quintet"),
        ("only songs by Qwertz Orkester", "Qwertz Orkester"),
        ('something by "blargh quux"', "blargh quux"),
        ("add a song by Éva Zorb", "Éva Zorb"),
        ("put in something by Łona Zorb", "Łona Zorb"),
        ("etwas von Zorblax", "Zorblax"),
        ('etwas von "blargh quux"', "blargh quux"),
        ("algo de Zorblax", "Zorblax"),
        ("quelque chose de Zorblax", "Zorblax"),
        ("quelque chose d'Éva Zorb", "Éva Zorb"),
        ("qualcosa di Zorblax", "Zorblax"),
        ("iets van Zorblax", "Zorblax"),
        ("voeg een liedje van Zorblax toe", "Zorblax"),
        ("coś od Zorblax", "Zorblax"),
    ],
)
def test_somebody_nobody_knows_is_asked_for(text: str, name: str) -> None:
    reading = read_words(text)
    assert [one.removeprefix("the ") for one in reading.limits.include_artists] == [name]
    assert reading.intent in {"limit", "add"}


@pytest.mark.parametrize(
    "text",
    ["something by the sea", "a sunset by the beach", "music from Brazil", "something from Germany", "by the fire"],
)
def test_a_place_is_nobody(text: str) -> None:
    reading = read_words(text)
    assert not reading.limits.include_artists
    assert not [one for one in reading.entities if one.type == "artist"]


@pytest.mark.parametrize("text", ["more like Zorblax", "similar to the songs by Zorblax"])
def test_who_is_only_compared_with_is_not_asked_for(text: str) -> None:
    assert not read_words(text).limits.include_artists
