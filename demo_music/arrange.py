"""From recipe to score: the form, the tunes and what every player makes of them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from demo_music import melody, parts
from demo_music.beat import drum_part
from demo_music.form import Section, plan
from demo_music.harmony import Passage, Span
from demo_music.instruments import BACKGROUNDS
from demo_music.melody import Line, Tone
from demo_music.recipes import Recipe
from demo_music.rhythm import Groove
from demo_music.score import Note, Part, Score
from demo_music.styles import STYLES, Layer
from demo_music.theory import nearest
from recommender.perception.vocabulary import GENRES

_TAIL = 2.6
_LOUDNESS_PER_AROUSAL = 5.0
"""LU by which a piece is louder than its style's usual for each unit of arousal above its genre's usual."""


@dataclass(frozen=True)
class _Piece:
    """What all players of a piece have before them."""

    recipe: Recipe
    groove: Groove
    sections: tuple[Section, ...]
    tunes: dict[str, list[Tone]]
    rng: random.Random
    end: float


def arrange(recipe: Recipe) -> Score:
    """Compose a piece. The same recipe always gives the same score."""
    style = STYLES[recipe.manner]
    rng = random.Random(recipe.seed)
    groove, sections = outline(recipe, rng)
    end = groove.seconds((sections[-1].first + sections[-1].bars) * groove.metre.steps)
    piece = _Piece(recipe, groove, sections, _tunes(rng, recipe, sections), rng, end)
    written = tuple(_part(piece, layer) for layer in style.layers)
    return Score(
        style=style,
        seconds=end + _TAIL,
        beat=groove.step_seconds * groove.metre.beat,
        loudness=style.loudness + _LOUDNESS_PER_AROUSAL * (recipe.arousal - GENRES[recipe.style].arousal),
        parts=tuple(part for part in written if part.notes),
        strikes=drum_part(rng, style, sections, groove, recipe.arousal),
    )


def outline(recipe: Recipe, rng: random.Random) -> tuple[Groove, tuple[Section, ...]]:
    """The pulse of a piece and its sections, which are decided before all else."""
    style = STYLES[recipe.manner]
    groove = Groove(recipe.tempo, style.metre, style.swing, style.pair, style.looseness)
    return groove, plan(rng, style, groove, recipe.key, recipe.mode)


def _tunes(rng: random.Random, recipe: Recipe, sections: Sequence[Section]) -> dict[str, list[Tone]]:
    """The tune of each letter: A, a contrasting B a little higher, C, which is A with ornaments, and a last tonic."""
    style = STYLES[recipe.manner]
    lead = next(layer for layer in style.layers if layer.role == "lead")
    # Happier music lies a little higher.
    centre = lead.centre + round(4 * (recipe.valence - 0.5))
    passages = {section.letter: section.passage for section in sections}

    def line(letter: str, lift: int = 0) -> Line:
        return Line(passages[letter], recipe.key, recipe.mode, centre + lift, style.metre.beat, style.pentatonic)

    first = melody.compose(rng, lead.grids.split(), line("A"))
    steps = style.metre.steps
    return {
        "i": [tone for tone in first if tone.step + tone.length <= passages["i"].bars * steps],
        "A": first,
        "B": melody.compose(rng, lead.grids.split(), line("B", lift=3)),
        "C": melody.ornament(rng, first, line("C")),
        "o": [Tone((passages["o"].bars - 1) * steps, steps, nearest(centre, {recipe.key}), 0.7)],
    }


def _part(piece: _Piece, layer: Layer) -> Part:
    """What one layer plays from beginning to end."""
    rng, groove = piece.rng, piece.groove
    instrument = rng.choice(layer.instruments.split())
    if instrument in BACKGROUNDS:
        return Part(layer, instrument, (Note(0.0, piece.end + 1.5, 60, 1.0),))
    grids = layer.grids.split()
    rng.shuffle(grids)
    force = 0.5 + 0.45 * piece.recipe.arousal
    notes: list[Note] = []
    for section in piece.sections:
        if section.letter not in layer.heard:
            continue
        for index, tone in enumerate(_tones(piece, layer, grids, section)):
            start = section.first * groove.metre.steps + tone.step
            held = groove.seconds(start + tone.length + layer.ring) - groove.seconds(start)
            lag = layer.strum * (index % layer.voices)
            velocity = min(1.0, force * section.level * tone.accent * rng.uniform(0.92, 1.08))
            notes.append(Note(groove.played(start, rng) + lag, held * 0.97, tone.pitch, velocity))
    return Part(layer, instrument, tuple(notes))


def _tones(piece: _Piece, layer: Layer, grids: Sequence[str], section: Section) -> list[Tone]:
    """A layer's tones in one section. B changes the grid; the piece's last bar is one held chord for everyone."""
    tune = piece.tunes[section.letter]
    if layer.role == "lead":
        return tune
    if layer.role == "double":
        return parts.transpose(tune, layer.centre)

    def play(grid: str, passage: Passage) -> list[Tone]:
        if layer.role == "bass":
            return parts.bass(piece.rng, layer, grid, passage)
        return parts.chords(layer, grid, passage)

    grid = grids[1 % len(grids)] if section.letter == "B" else grids[0]
    passage = section.passage
    if section.letter != "o":
        return play(grid, passage)
    steps = passage.bar_steps
    body = Passage(passage.spans, passage.bars - 1, steps)
    final = Passage((Span(0, steps, passage.spans[-1].chord),), 1, steps)
    held = ("R" if layer.role == "bass" else "x") + "-" * (steps - 1)
    shift = body.bars * steps
    return [tone for tone in play(grid, body) if tone.step < shift] + [
        Tone(tone.step + shift, tone.length, tone.pitch, tone.accent) for tone in play(held, final)
    ]
