"""A catalogue for studies, in a database of its own beside the real one."""

from __future__ import annotations

import csv
import gzip
import hashlib
import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from django.db import connection

from lab.study import Lab
from recommender.library.importers.tables.importer import import_table
from recommender.library.importers.tables.rows import UNIT_FEATURES
from recommender.library.jobs.state import Progress
from recommender.library.vectors import store
from recommender.models import Track, VectorSpace

DATABASE = "dylumo_evaluate"
TABLE = ("spotify", "tracks_features_70k.csv.gz")
STEP = 0.03
"""Standard deviation, of 0..1, by which a made-up take differs from the track in every feature."""


@contextmanager
def own_database(name: str = DATABASE) -> Iterator[None]:
    """A fresh database beside the real one, dropped afterwards."""
    real = connection.settings_dict["NAME"]
    connection.settings_dict["TEST"]["NAME"] = name
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(real, verbosity=0)


def opened(lab: Lab) -> None:
    """The lab's own database, made when the first part asks for it and dropped with the lab."""
    lab.once("database", lambda: lab.enter((lab.database or own_database)()) or True)


def closed(lab: Lab) -> None:
    """Back to this installation's own data; a catalogue is made again when the next part asks for it."""
    lab.close("database", "filled")


def filled(lab: Lab, tracks: int) -> None:
    """The lab's catalogue with a seeded sample of so many tracks of the public table, and nothing else."""
    table = lab.file(*TABLE)
    opened(lab)
    if lab.once("filled", dict[str, int]).get("tracks") == tracks:
        return
    emptied(lab)
    import_some(table, tracks, lab.seed)
    lab.once("filled", dict[str, int])["tracks"] = tracks


def emptied(lab: Lab) -> None:
    """No tracks, and nothing that hangs on tracks. At once: row by row a million take minutes; and without the indexes
    of vectors, which are built much sooner once the next tracks are there than along with them."""
    lab.once("filled", dict[str, int]).clear()
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {connection.ops.quote_name(Track._meta.db_table)} CASCADE")
    for space in VectorSpace.objects.all():
        store.drop(space)


def import_some(table: Path, count: int, seed: int) -> None:
    """A seeded sample of the table's rows as the shared catalogue; where it should hold more than the table does, with
    made-up further takes of them (``takes``)."""
    with gzip.open(table, "rt", encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    generator = random.Random(seed)
    chosen = generator.sample(rows, min(count, len(rows)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "some.csv"
        with path.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows([header, *chosen])
            csv.writer(out).writerows(takes(header, chosen, count - len(chosen), generator))
        import_table(path, None, Progress())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def takes(header: list[str], rows: list[list[str]], count: int, generator: random.Random) -> Iterator[list[str]]:
    """So many made-up recordings: each of the rows in turn, under an id of its own, every feature moved by a normal
    step of ``STEP``, so that a catalogue of any size is as spread out as the table is."""
    place = header.index("track_id")
    features = [header.index(name) for name in UNIT_FEATURES]
    for number in range(count):
        take, row = divmod(number, len(rows))
        made = list(rows[row])
        made[place] = hashlib.sha256(f"{made[place]} {take}".encode()).hexdigest()[: len(made[place])]
        for column in features:
            made[column] = f"{min(max(float(made[column] or 0.5) + generator.gauss(0.0, STEP), 0.0), 1.0):.4f}"
        yield made


def points(ids: list[int]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """(n, 2) valence and arousal of these tracks, in their order."""
    rows = Track.objects.filter(pk__in=ids).values_list("pk", "profile__valence", "profile__arousal")
    plane = {pk: (valence, arousal) for pk, valence, arousal in rows}
    return np.array([plane[one] for one in ids], dtype=np.float64).reshape(-1, 2)
