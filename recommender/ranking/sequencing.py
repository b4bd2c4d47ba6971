"""The order of a list: keys and tempi of neighbours agree, and the energy follows the wished arc.

Cost = steps on the Camelot wheel + octave-folded tempo ratio between neighbours + distance from the arc's energy;
beam search, then 2-opt. Tracks pinned to a place stay there.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

KEY_WEIGHT, TEMPO_WEIGHT, ENERGY_STEP_WEIGHT, ARC_WEIGHT = 0.5, 1.0, 0.6, 2.0
ALIKE_WEIGHT = 1.0
"""What it costs that two neighbours are both known to the person, or both new to them."""
UNKNOWN_KEY_STEPS = 3.0
BEAM = 20
TWO_OPT_ROUNDS = 4


def camelot(key: int, mode: int) -> tuple[int, int] | None:
    """A key's place on the Camelot wheel, (hour 0..11, mode); None when unknown. Neighbouring hours share all but one
    note; a minor key has its relative major's hour."""
    if key < 0 or mode not in (0, 1):
        return None
    tonic = key if mode == 1 else (key + 3) % 12
    return tonic * 7 % 12, mode


def key_steps(keys: NDArray[np.float64], modes: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, n): steps on the Camelot wheel between two keys, 0..7; a change of mode is one step."""
    places = [
        camelot(int(key), int(mode)) if np.isfinite(key) and np.isfinite(mode) else None
        for key, mode in zip(keys, modes, strict=True)
    ]
    steps = np.full((len(places), len(places)), UNKNOWN_KEY_STEPS)
    for i, one in enumerate(places):
        for j, other in enumerate(places):
            if one and other:
                around = abs(one[0] - other[0])
                steps[i, j] = min(around, 12 - around) + (one[1] != other[1])
    return steps


def wanted_energy(arc: str, energies: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,): the energy wished at each place, made of the energies there are."""
    rising = np.sort(energies)
    if arc == "rise":
        return rising
    if arc == "fall":
        return rising[::-1]
    if arc == "arch":
        return np.concatenate([rising[::2], rising[1::2][::-1]])
    return np.full(len(energies), energies.mean() if len(energies) else 0.0)


def order(
    columns: Mapping[str, NDArray[np.float64]],
    arc: str = "steady",
    pinned: Mapping[int, int] | None = None,
    familiar: NDArray[np.bool_] | None = None,
) -> list[int]:
    """A permutation of the rows. ``columns``: (n,) ``energy``, ``tempo``, ``key``, ``mode``, NaN where unknown;
    ``pinned``: rows that must stand at a place, ``{row: place}``; ``familiar``: (n,) rows of songs the person knows,
    which are spaced among the others."""
    count = len(columns["energy"])
    if count < 2:
        return list(range(count))
    known = columns["energy"][np.isfinite(columns["energy"])]
    energy = np.nan_to_num(columns["energy"], nan=float(known.mean()) if len(known) else 0.5)
    between = _between(columns, energy)
    weight = ARC_WEIGHT if arc in ("rise", "fall", "arch") else 0.0
    at = weight * np.abs(energy[:, None] - wanted_energy(arc, energy)[None])
    places = {place: row for row, place in (pinned or {}).items()}
    if familiar is not None:
        between = between + ALIKE_WEIGHT * (familiar[:, None] == familiar[None])
    return _two_opt(_beam(between, at, places), between, at, set(places))


def _between(columns: Mapping[str, NDArray[np.float64]], energy: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, n): what it costs to play one track after the other."""
    octaves = np.log2(np.where(columns["tempo"] > 0, columns["tempo"], np.nan))
    apart = np.abs(octaves[:, None] - octaves[None]) % 1.0
    tempo = np.nan_to_num(np.minimum(apart, 1.0 - apart), nan=0.25)
    steps = key_steps(columns["key"], columns["mode"]) / 7.0
    energy_step = np.abs(energy[:, None] - energy[None])
    cost: NDArray[np.float64] = KEY_WEIGHT * steps + TEMPO_WEIGHT * tempo + ENERGY_STEP_WEIGHT * energy_step
    return cost


def _beam(between: NDArray[np.float64], at: NDArray[np.float64], places: Mapping[int, int]) -> list[int]:
    count = len(between)
    pinned = np.isin(np.arange(count), list(places.values()))
    paths: list[tuple[float, list[int]]] = [(0.0, [])]
    for place in range(count):
        costs = np.full((len(paths), count), np.inf)
        for number, (cost, path) in enumerate(paths):
            open_rows = ~pinned
            open_rows[path] = False
            rows = [places[place]] if place in places else np.flatnonzero(open_rows)
            costs[number, rows] = cost + at[rows, place] + (between[path[-1], rows] if path else 0.0)
        best = np.argsort(costs, axis=None, kind="stable")[:BEAM]
        paths = [
            (float(costs.flat[flat]), [*paths[flat // count][1], int(flat % count)])
            for flat in best
            if np.isfinite(costs.flat[flat])
        ]
    return paths[0][1]


def _two_opt(path: list[int], between: NDArray[np.float64], at: NDArray[np.float64], fixed: set[int]) -> list[int]:
    """Turn stretches round while that lowers the cost; a stretch never crosses a pinned place."""
    rows, count = np.array(path), len(path)
    for _ in range(TWO_OPT_ROUNDS):
        improved = False
        for start in range(count - 1):
            for end in range(start + 1, count):
                if start in fixed or end in fixed:
                    break
                if _turned_cost(rows, start, end, between, at) < -1e-9:
                    rows[start : end + 1] = rows[start : end + 1][::-1].copy()
                    improved = True
        if not improved:
            break
    return [int(row) for row in rows]


def _turned_cost(
    rows: NDArray[np.intp], start: int, end: int, between: NDArray[np.float64], at: NDArray[np.float64]
) -> float:
    """What turning the stretch from ``start`` to ``end`` round adds to the cost: only its two joints and the places
    of its tracks change, for ``between`` is symmetric."""
    first, last = rows[start], rows[end]
    change = 0.0
    if start > 0:
        change += between[rows[start - 1], last] - between[rows[start - 1], first]
    if end + 1 < len(rows):
        change += between[first, rows[end + 1]] - between[last, rows[end + 1]]
    stretch, places = rows[start : end + 1], np.arange(start, end + 1)
    return float(change + at[stretch[::-1], places].sum() - at[stretch, places].sum())
