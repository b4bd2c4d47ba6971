"""From recipe to score: the form, every player's part, the drums and the last chord."""

from __future__ import annotations

import random
from collections.abc import Sequence

from recommender.catalogue.composer import melody, parts
from recommender.catalogue.composer.form import Section, plan
from recommender.catalogue.composer.instruments import BACKGROUNDS
from recommender.catalogue.composer.melody import Line, Tone
from recommender.catalogue.composer.recipes import Recipe
from recommender.catalogue.composer.rhythm import Groove, bar_of, strokes
from recommender.catalogue.composer.score import Note, Part, Score, Strike
from recommender.catalogue.composer.styles import STYLES, Style
from recommender.catalogue.composer.styles.base import Layer

_TAIL = 2.6
_LOUDNESS_RANGE = 5.0
"""LUFS between the calmest and the most aroused piece of one style."""


def arrange(recipe: Recipe) -> Score:
    """Compose a piece. The same recipe always gives the same score."""
    style = STYLES[recipe.manner]
    rng = random.Random(recipe.seed)
    groove = Groove(recipe.tempo, style.metre, style.swing, style.pair, style.looseness)
    sections = plan(rng, style, groove, recipe.key, recipe.mode)
    tunes = _melodies(rng, style, recipe, sections)
    end = groove.seconds((sections[-1].first + sections[-1].bars) * groove.metre.steps)
    written = tuple(_part(rng, layer, recipe, sections, tunes, groove, end) for layer in style.layers)
    return Score(
        style=style,
        seconds=end + _TAIL,
        beat=groove.step_seconds * groove.metre.beat,
        loudness=style.loudness + _LOUDNESS_RANGE * (recipe.arousal - _usual_arousal(recipe)),
        parts=tuple(part for part in written if part.notes),
        strikes=tuple(_drums(rng, style, recipe, sections, groove)),
    )


def _usual_arousal(recipe: Recipe) -> float:
    """The middle of the range that a manner's loudness is stated for: its genre's place on the affect plane."""
    from recommender.perception.vocabulary import GENRES

    return GENRES[recipe.style].arousal


def _melodies(
    rng: random.Random, style: Style, recipe: Recipe, sections: Sequence[Section]
) -> dict[str, list[Tone]]:
    """The tune of each letter: A, a contrasting B, and C, which is A again with ornaments."""
    lead = next(layer for layer in style.layers if layer.role == "lead")
    # Happier music lies a little higher.
    centre = lead.centre + round(4 * (recipe.valence - 0.5))
    tunes: dict[str, list[Tone]] = {}
    for section in sections:
        if section.letter in tunes or section.letter in "io":
            continue
        line = Line(
            recipe.key,
            recipe.mode,
            centre + (3 if section.letter == "B" else 0),
            style.metre.steps,
            style.metre.beat,
            style.pentatonic,
        )
        if section.letter == "C":
            tunes["C"] = melody.ornament(rng, tunes["A"], section.spans, line)
        else:
            tunes[section.letter] = melody.compose(rng, section.spans, lead.grids.split(), line)
    tunes["o"] = [Tone(2 * style.metre.steps, style.metre.steps, parts.nearest(centre, {recipe.key}), 0.7)]
    tunes["i"] = tunes["A"]
    return tunes


def _part(
    rng: random.Random,
    layer: Layer,
    recipe: Recipe,
    sections: Sequence[Section],
    tunes: dict[str, list[Tone]],
    groove: Groove,
    end: float,
) -> Part:
    """What one layer plays from beginning to end."""
    instrument = rng.choice(layer.instruments.split())
    if instrument in BACKGROUNDS:
        return Part(layer, instrument, (Note(0.0, end + 1.5, 60, 1.0),))
    force = 0.5 + 0.45 * recipe.arousal
    grids = layer.grids.split()
    rng.shuffle(grids)
    notes: list[Note] = []
    for section in sections:
        if section.letter not in layer.heard:
            continue
        tones = _tones(rng, layer, grids, section, tunes, groove.metre.steps)
        for index, tone in enumerate(tones):
            start = section.first * groove.metre.steps + tone.step
            held = groove.seconds(start + tone.length + layer.ring) - groove.seconds(start)
            lag = layer.strum * (index % layer.voices) if layer.strum else 0.0
            velocity = force * section.level * tone.accent * rng.uniform(0.92, 1.08)
            notes.append(Note(groove.played(start, rng) + lag, held * 0.97, tone.pitch, min(1.0, velocity)))
    return Part(layer, instrument, tuple(notes))


def _tones(
    rng: random.Random,
    layer: Layer,
    grids: Sequence[str],
    section: Section,
    tunes: dict[str, list[Tone]],
    bar_steps: int,
) -> list[Tone]:
    """A layer's tones in one section. The ending's last bar is one held chord for everyone."""
    if layer.role == "lead":
        last = section.bars * bar_steps
        return [tone for tone in tunes[section.letter] if tone.step + tone.length <= last]
    if layer.role == "double":
        return parts.transpose(tunes[section.letter], layer.centre)
    grid = grids[1 % len(grids)] if section.letter == "B" else grids[0]
    ending = section.letter == "o"
    bars = section.bars - ending
    players = {
        "chords": lambda grid, spans, bars: parts.chords(layer, grid, spans, bars, bar_steps),
        "bass": lambda grid, spans, bars: parts.bass(rng, layer, grid, spans, bars, bar_steps),
    }
    play = players[layer.role]
    tones = play(grid, section.spans, bars)
    if ending:
        symbol = "R" if layer.role == "bass" else "x"
        held = symbol + "-" * (bar_steps - 1)
        final = play(held, [melody.Span(0, bar_steps, section.spans[-1].chord)], 1)
        tones += [Tone(tone.step + bars * bar_steps, tone.length, tone.pitch, tone.accent) for tone in final]
    return tones


def _drums(
    rng: random.Random, style: Style, recipe: Recipe, sections: Sequence[Section], groove: Groove
) -> list[Strike]:
    """The beat with its fills, a crash where a section begins, and one stroke on the last chord."""
    if not style.beat:
        return []
    steps = groove.metre.steps
    force = 0.55 + 0.45 * recipe.arousal
    loud = recipe.arousal > 0.55
    strikes: list[Strike] = []

    def strike(step: int, drum: str, accent: float) -> None:
        velocity = min(1.0, force * accent * rng.uniform(0.85, 1.1))
        strikes.append(Strike(groove.played(step, rng), drum, velocity))

    for section in sections:
        if section.letter not in style.drums_heard:
            continue
        start = section.first * steps
        for bar in range(section.bars - (section.letter == "o")):
            filling = bool(style.fill) and bar == section.bars - 1
            for drum, step, accent in _bar_of_beat(style, section.letter, bar, steps, filling):
                strike(start + bar * steps + step, drum, accent * section.level)
        if loud and section.letter in "ABC":
            strike(start, "crash", 0.6)
    last = (sections[-1].first + sections[-1].bars - 1) * steps
    strike(last, next(iter(style.beat)), 0.8)
    return strikes


def _bar_of_beat(style: Style, letter: str, bar: int, steps: int, filling: bool) -> list[tuple[str, int, float]]:
    """``(drum, step, accent)`` of one bar; a fill takes the second half."""
    strokes_of_bar = []
    for drum, choice in style.beat.items():
        grids = choice.split()
        grid = bar_of(grids[1 % len(grids)] if letter == "B" else grids[0], bar, steps)
        strokes_of_bar += [
            (drum, s.step, s.accent) for s in strokes(grid) if not filling or s.step < steps // 2
        ]
    if filling:
        for drum, grid in style.fill.items():
            strokes_of_bar += [(drum, s.step, s.accent * (0.6 + 0.4 * s.step / steps)) for s in strokes(grid)]
    return strokes_of_bar
