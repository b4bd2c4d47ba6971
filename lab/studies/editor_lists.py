"""13. Lists for photos beside an editor's: is the right one nearest, does a list hold together, of known songs?"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sklearn.linear_model import Ridge
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from core.schemas import ImageReading, MusicBrief, RankedList, load
from core.stats.agreement import spearman
from core.stats.intervals import Estimate, compared, mean, measured
from lab import scratch_database
from lab.datasets import editor_lists
from lab.datasets.editor_lists import Songs, Tags
from lab.study import Cell, Findings, Lab, NotHere, Study, Table
from recommender import mapping
from recommender.library.importers.editor_songs import known_of, load_songs
from recommender.models import Track
from recommender.music.songs import by_key, song_key
from recommender.perception.images.decode import decode_picture
from recommender.perception.images.reader import read_picture
from recommender.ranking import alignment
from recommender.ranking.baselines import BASELINES, baseline_list
from recommender.ranking.pipeline import recommend

COUNT = 12
TRIED = 3
"""As many ways to hear a photo as the page shows."""
RIDGE = 10.0
PHOTOS = ("oasis", "images")
LISTS = "editor_lists.jsonl"
SONGS = ("music_affect", "human_va_with_spotify_features.csv")
PEOPLE = ("people", "lists.json")
System = Callable[[ImageReading, MusicBrief], Songs]


def lists(lab: Lab) -> Findings:
    """Every photo's list of each system: the reciprocal rank of the right editor's list among all by their tags."""
    wanted = editor_lists.editor_lists(lab.file(LISTS))
    tags = editor_lists.artist_tags(lab.file("lastfm"))
    photos = lab.file(*PHOTOS)
    chosen = dict(list(wanted.items())[: 12 if lab.quick else None])
    scratch_database.opened(lab)
    scratch_database.emptied(lab)
    load_songs()
    readings = {name: _read(photos / name) for name in chosen}
    centres = {name: editor_lists.centre(editor_lists.known(listed, tags)) for name, listed in chosen.items()}
    systems: dict[str, System] = {
        "takes": _takes,
        **{name: partial(_baseline, name, lab.random("lists")) for name in BASELINES},
        "best known": _famous,
    }
    rows = []
    for name, system in systems.items():
        made = {photo: system(reading, mapping.brief_for(reading)) for photo, reading in readings.items()}
        rows.append(_row(name, made, centres, tags, lab.seed))
    table = Table(
        name="lists",
        title="Lists for photos, beside an editor's",
        columns=("system", "MRR", "coherence", "artists listeners tagged", "most lists with one song"),
        rows=tuple(rows),
        note=f"{len(chosen)} photos; by chance the MRR is "
        f"{sum(1 / rank for rank in range(1, len(chosen) + 1)) / len(chosen):.2f}. "
        "The concept heads were trained on other labels of these very photos: photos kept aside will score lower.",
    )
    return Findings(tables=(table,))


def _read(path: Path) -> ImageReading:
    picture: Image.Image = decode_picture(path.read_bytes(), name=path.name).image
    return read_picture(picture)


def _row(
    name: str, made: Mapping[str, Songs], centres: Mapping[str, Tags], tags: Mapping[str, Tags], seed: int
) -> tuple[Cell, ...]:
    ranks, holds, shares = [], [], []
    for photo, listed in made.items():
        vectors = editor_lists.known(listed, tags)
        shares.append(len(vectors) / max(len(listed), 1))
        holds.append(editor_lists.coherence(vectors))
        own = editor_lists.centre(vectors)
        order = sorted(centres, key=lambda other: -editor_lists.cosine(own, centres[other]))
        ranks.append(1 / (1 + order.index(photo)) if vectors else 1 / len(centres))
    repeats = Counter(song for listed in made.values() for song in set(listed))
    return (name, mean(ranks, seed), mean(holds, seed), mean(shares, seed), float(max(repeats.values(), default=0)))


def _takes(_reading: ImageReading, brief: MusicBrief) -> Songs:
    return _songs(recommend(brief, None))


def _baseline(name: str, generator: np.random.Generator, reading: ImageReading, brief: MusicBrief) -> Songs:
    return _songs(baseline_list(name, reading, brief, int(generator.integers(2**32))))


def _songs(ranked: RankedList) -> Songs:
    return [(track.title, track.artist) for track in ranked.tracks]


def _famous(_reading: ImageReading, _brief: MusicBrief) -> Songs:
    return list(Track.objects.order_by("-popularity", "pk").values_list("title", "artist")[:COUNT])


def choices(lab: Lab) -> Findings:
    """What choosing among the ways to hear a photo could bring: each way's list beside the editor's, the best of them
    (a ceiling: it knows the answer), and what a judge takes who learned from the other photos' lists."""
    wanted = dict(list(editor_lists.editor_lists(lab.file(LISTS)).items())[: 12 if lab.quick else None])
    tags = editor_lists.artist_tags(lab.file("lastfm"))
    photos = lab.file(*PHOTOS)
    scratch_database.opened(lab)
    scratch_database.emptied(lab)
    load_songs()
    seen: list[NDArray[np.float64]] = []
    alike: list[NDArray[np.float64]] = []
    for name, listed in wanted.items():
        brief = mapping.brief_for(_read(photos / name))
        own = editor_lists.centre(editor_lists.known(listed, tags))
        tried = [_tried(mapping.choose_take(brief, 1 + place % len(brief.takes)), own, tags) for place in range(TRIED)]
        seen.append(np.array([[place == 0, place == 1, *facts] for place, (_, *facts) in enumerate(tried)]))
        alike.append(np.array([likeness for likeness, *_ in tried]))
    facts, worth = np.array(seen, dtype=np.float64), np.array(alike)
    everyone = np.arange(len(wanted))
    by_judge = _judged_choices(facts, worth)
    first = worth[:, 0]
    taken = {
        **{f"way {place + 1}": worth[:, place] for place in range(TRIED)},
        "the best of these, by the answer": worth.max(axis=1),
        "a learned judge's": worth[everyone, by_judge],
    }
    rows = []
    for name, values in taken.items():
        apart = compared(values, first, lab.seed)
        rows.append((name, mean(values, lab.seed), apart.difference, round(apart.p, 3)))
    table = Table(
        name="choices",
        title="Which of the ways to hear a photo comes nearest to the editor's list, by the artists' tags (cosine)",
        columns=("list", "likeness", "more than way 1", "p"),
        rows=tuple(rows),
        note=f"{len(wanted)} photos. The judge: a ridge regression on {facts.shape[2]} facts of each list, tried on "
        f"photos it did not learn from; it took another way than the first for {int((by_judge != 0).sum())} of them.",
    )
    return Findings(tables=(table,))


def _tried(brief: MusicBrief, own: Tags, tags: Mapping[str, Tags]) -> tuple[float, ...]:
    """How like the editor's the list of the chosen take is; then what a judge may know of it: the take's chance, the
    list's mean match, how well its styles stand together, how much of its artists anybody tagged."""
    listed = recommend(brief, None).tracks
    vectors = editor_lists.known([(track.title, track.artist) for track in listed], tags)
    likeness = editor_lists.cosine(editor_lists.centre(vectors), own) if vectors else 0.0
    chance = brief.direction.chance if brief.direction else 0.0
    match = sum(track.score for track in listed) / (100 * max(len(listed), 1))
    return likeness, chance, match, editor_lists.coherence(vectors), len(vectors) / max(len(listed), 1)


def _judged_choices(facts: NDArray[np.float64], worth: NDArray[np.float64]) -> NDArray[np.intp]:
    """(photos,) the way that is taken, each photo judged by what was learned from the others. ``facts``: (photos, ways,
    n); ``worth``: (photos, ways), learned as it lies above or below the photo's own mean."""
    photos, ways, _ = facts.shape
    chosen = np.zeros(photos, dtype=np.intp)
    above = worth - worth.mean(axis=1, keepdims=True)
    for learned, held in KFold(min(10, photos), shuffle=True, random_state=0).split(facts):
        judge = make_pipeline(StandardScaler(), Ridge(RIDGE))
        judge.fit(facts[learned].reshape(len(learned) * ways, -1), above[learned].ravel())
        chosen[held] = judge.predict(facts[held].reshape(len(held) * ways, -1)).reshape(len(held), ways).argmax(axis=1)
    return chosen


def judged(lab: Lab) -> Findings:
    """The editor's valence and arousal of songs against what listeners said, where both are known."""
    with lab.file(*SONGS).open(encoding="utf-8", newline="") as file:
        rated = [(row, song) for row in csv.DictReader(file) if (song := by_key().get(_key(row)))]
    artists = np.array([song.key[1] for _, song in rated])
    rows = []
    for name, column in (("valence", "valence_mean"), ("arousal", "arousal_mean")):
        people = np.array([float(row[column]) for row, _ in rated])
        editor = np.array([getattr(song, name) for _, song in rated], dtype=np.float64)
        rows.append((name, _agreement(people, editor, artists, lab.seed)))
    table = Table(
        name="judged",
        title="The editor's songs against listeners",
        columns=("what", "Spearman"),
        rows=tuple(rows),
        note=f"{len(rated)} songs that are in both tables; nobody who wrote the songs saw the ratings.",
    )
    return Findings(tables=(table,))


def _agreement(
    people: NDArray[np.float64], editor: NDArray[np.float64], artists: NDArray[np.str_], seed: int
) -> Estimate:
    return measured(lambda chosen: spearman(people[chosen], editor[chosen]), artists, seed)


def _key(row: Mapping[str, str]) -> tuple[str, str]:
    return song_key(row["title"], row["artist"])


def fitting(lab: Lab) -> Findings:
    """Does the alignment score put the songs of an editor's list for a photo above those of the lists for others?"""
    wanted = dict(list(editor_lists.editor_lists(lab.file(LISTS)).items())[: 12 if lab.quick else None])
    photos = lab.file(*PHOTOS)
    told = {one: known_of(*one, "") for listed in wanted.values() for one in listed}
    named = {one: known for one, known in told.items() if known is not None and known.song is not None}
    heard = [alignment.heard_as(None, known) for known in named.values()]
    areas: dict[str, list[float]] = {"sound alone": [], "sound and what is known": []}
    for name, listed in wanted.items():
        own = np.array([one in listed for one in named])
        if not own.any():
            continue
        reading = _read(photos / name)
        by_editor = alignment.editor_values(alignment.takes_of(reading), list(named.values()))
        alone, both = [], []
        for place, song in enumerate(heard):
            known = {part: float(column[place]) for part, column in by_editor.items()}
            alone.append(alignment.percentile(alignment.part_values(reading, song)))
            both.append(alignment.percentile(alignment.part_values(reading, song, known)))
        areas["sound alone"].append(float(roc_auc_score(own, alone)))
        areas["sound and what is known"].append(float(roc_auc_score(own, both)))
    table = Table(
        name="fits",
        title="Songs of an editor's list for a photo against those of his lists for others, by the alignment score",
        columns=("judged by", "area under the curve, all photos", "photos that set no weight"),
        rows=tuple((name, mean(every, lab.seed), mean(every[1::2], lab.seed)) for name, every in areas.items()),
        note=f"{len(named)} of {len(told)} songs are known by name; chance 0.5. Weights were set on every other photo.",
    )
    return Findings(tables=(table,))


def people(lab: Lab) -> Findings:
    """What people said who compared the lists blindly (``people_study report NUMBER --out people/lists.json``)."""
    try:
        told = json.loads(lab.file(*PEOPLE).read_text(encoding="utf-8"))
    except NotHere as error:
        raise NotHere(error.message, hint="Have people compare lists first: bin/run people_study make.") from error
    rows = tuple(
        (name, *(float(one[count]) for count in ("won", "tied", "lost")), _cell(one["share"]), _cell(one["preference"]))
        for name, one in told["rivals"].items()
    )
    table = Table(
        name="people",
        title="Dylumo's lists beside others, judged blindly by people",
        columns=("against", "won", "tied", "lost", "share of the decided (Wilson)", "with ties as half (over people)"),
        rows=rows,
        note=f"{told['people']['begun']} people, {told['photos']} photos; 0.5 where there is no difference. "
        f"The left list won {_in_words(told['went_left'])} of the decided.",
    )
    return Findings(tables=(table,))


def _cell(told: Mapping[str, float] | None) -> Cell:
    return load(Estimate, told) if told else ""


def _in_words(told: Mapping[str, float] | None) -> str:
    return f"{told['value']:.2f} ({told['low']:.2f} to {told['high']:.2f})" if told else "none"


STUDY = Study(
    name="lists",
    title="Lists beside an editor's",
    question="Would a music editor sign the lists: right for the photo, of one piece, with songs people know?",
    parts={"lists": lists, "choices": choices, "songs": judged, "fits": fitting, "people": people},
)
