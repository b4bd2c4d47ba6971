"""Importing tables: what comes in, what is left out and why, and that nothing is lost or doubled."""

from __future__ import annotations

import gzip
import json
import time
from io import StringIO

import pytest
from django.core.management import call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.library.audio_profiles import PROFILE_SPACE
from recommender.library.importers.tables.columns import TableError
from recommender.library.importers.tables.importer import import_table
from recommender.library.importers.tables.rows import BadRow, RowReader
from recommender.library.jobs.state import Progress
from recommender.models import AudioProfile, LibraryJob, Track, TrackLink, TrackVector
from tests.factories import TrackFactory, TrackLinkFactory, UserFactory
from tests.recommender.tables import imported, row, spotify_id, text_of

pytestmark = pytest.mark.django_db


def codes(outcome) -> dict[str, int]:
    return dict(outcome.skips)


def test_a_row_becomes_a_track_with_link_profile_and_vector(tmp_path):
    outcome = imported(tmp_path, [row(7)])
    assert outcome.counts() == {"read": 1, "added": 1, "updated": 0, "unchanged": 0, "missing": 0, "skipped": 0}
    track = Track.objects.get()
    assert (track.title, track.artist, track.year, track.duration) == ("Song 7", "A Singer", 2019, 194.754)
    assert (track.owner, track.source, track.popularity, track.live) == (None, "table", 0.66, False)
    link = track.links.get()
    assert (link.service, link.external_id) == ("spotify", spotify_id(7))
    assert link.url == f"https://open.spotify.com/track/{spotify_id(7)}"
    profile = track.profile
    assert (profile.valence, profile.tempo, profile.key, profile.mode) == (0.518, 122.036, 6, 1)
    assert profile.genres == {"hiphop": 1.0}
    assert 0.8 < profile.arousal <= 1.0
    assert profile.moods
    assert profile.provenance == "table"
    assert TrackVector.objects.get().space.name == PROFILE_SPACE


def test_the_same_file_again_adds_and_changes_nothing(tmp_path):
    rows = [row(n) for n in range(20)]
    imported(tmp_path, rows)
    again = imported(tmp_path, rows)
    assert (again.added, again.updated, again.unchanged) == (0, 0, 20)
    assert Track.objects.count() == TrackLink.objects.count() == TrackVector.objects.count() == 20


def test_a_changed_row_updates_its_track_in_place(tmp_path):
    imported(tmp_path, [row(1), row(2)])
    before = Track.objects.get(title="Song 1").pk
    again = imported(tmp_path, [row(1, valence=0.9, track_name="Song 1 (Remastered)"), row(2)])
    assert (again.added, again.updated, again.unchanged) == (0, 1, 1)
    track = Track.objects.get(pk=before)
    assert (track.title, track.profile.valence) == ("Song 1 (Remastered)", 0.9)


def test_a_table_with_fewer_columns_takes_nothing_away(tmp_path):
    imported(tmp_path, [row(1)])
    thin = {name: row(1)[name] for name in ("track_id", "track_name", "track_artist", "valence", "energy")}
    imported(tmp_path, [thin])
    track = Track.objects.get()
    assert (track.year, track.profile.tempo, track.profile.genres) == (2019, 122.036, {"hiphop": 1.0})


def test_a_profile_measured_from_sound_is_never_overwritten(tmp_path):
    track = TrackFactory(profile__provenance="measured", profile__valence=0.11)
    TrackLinkFactory(track=track, service="spotify", external_id=spotify_id(1))
    imported(tmp_path, [row(1)])
    assert AudioProfile.objects.get(track=track).valence == 0.11


def test_a_repeated_row_is_named_with_its_first_line(tmp_path):
    outcome = imported(tmp_path, [row(1), row(2), row(1)])
    assert (outcome.read, outcome.added) == (3, 2)
    assert outcome.reasons() == [
        {"code": "repeated", "count": 1, "examples": [{"line": 4, "why": "the same track as line 2"}]}
    ]


def test_without_an_id_tracks_are_known_by_title_artist_and_length(tmp_path):
    rows = [{name: value for name, value in row(n).items() if name != "track_id"} for n in (1, 2)]
    imported(tmp_path, rows)
    assert imported(tmp_path, rows).unchanged == 2
    assert set(TrackLink.objects.values_list("service", flat=True)) == {"table"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"track_name": "  "}, "no_title"),
        ({"valence": ""}, "no_mood"),
        ({"energy": "nan"}, "no_mood"),
        ({"valence": "high"}, "not_a_number"),
        ({"energy": "inf"}, "not_a_number"),
        ({"valence": 7.2}, "out_of_range"),
        ({"liveness": -0.1}, "out_of_range"),
        ({"tempo": -5}, "out_of_range"),
        ({"key": 12}, "out_of_range"),
        ({"mode": "lydian"}, "out_of_range"),
        ({"loudness": 500}, "out_of_range"),
        ({"duration_ms": -1}, "out_of_range"),
        ({"track_name": "a\x00b"}, "control_characters"),
        ({"track_artist": "x" * 6000}, "field_too_long"),
    ],
)
def test_an_unusable_row_is_skipped_with_its_reason_and_the_rest_comes_in(tmp_path, changes, code):
    outcome = imported(tmp_path, [row(1), row(2, **changes), row(3)])
    assert outcome.added == 2
    assert codes(outcome) == {code: 1}
    assert outcome.reasons()[0]["examples"][0]["line"] == 3


@pytest.mark.parametrize(
    "artist", ["a;" * 149, r"['a\x00b']", r"['\ud800']", "[" * 250 + "]" * 49, "['never closed]", "[1, None]"]
)
def test_no_artist_can_break_the_database(tmp_path, artist):
    assert imported(tmp_path, [row(1, track_artist=artist), row(2)]).added == 2


def test_values_that_mean_unknown_are_stored_as_unknown(tmp_path):
    outcome = imported(tmp_path, [row(1, tempo=0, mode="", key=-1, track_popularity="", loudness="NaN")])
    assert outcome.added == 1
    profile, track = AudioProfile.objects.get(), Track.objects.get()
    assert (profile.tempo, profile.mode, profile.key, profile.loudness) == (None, None, -1, None)
    assert track.popularity is None


@pytest.mark.parametrize(
    ("header", "values", "expected"),
    [
        ("name,artists,valence,energy", "Duet,\"['A', 'B']\",.5,.5", {"artist": "A, B"}),
        ("Track Name,Artist Name(s),Valence,Energy", "Duet,A;B,.5,.5", {"artist": "A, B"}),
        ("track_name,artist(s)_name,valence_%,energy_%", "Loud,A,45,80", {"artist": "A", "valence": 0.45}),
        ("title,artist,valence,energy,duration", "T,A,.5,.5,3:45", {"duration": 225.0}),
        ("title,artist,valence,energy,duration", "T,A,.5,.5,225000", {"duration": 225.0}),
        ("title,artist,valence,energy,duration_min", "T,A,.5,.5,3.75", {"duration": 225.0}),
        ("title,artist,valence,energy,key,mode", "T,A,.5,.5,Db,Minor", {"key": 1, "mode": 0}),
        ("title,artist,valence,energy,key", "T,A,.5,.5,F# major", {"key": 6, "mode": 1}),
        ("title,artist,valence,energy,decade", "T,A,.5,.5,90", {"year": 1995}),
        ("title,artist,valence,energy,decade", "T,A,.5,.5,00", {"year": 2005}),
        ("title,artist,valence,energy,year", "T,A,.5,.5,1969.0", {"year": 1969}),
        ("title,artist,valence,energy,explicit", "T,A,.5,.5,True", {"explicit": True}),
        ("title,artist,valence,energy,language", "T,A,.5,.5,fr", {"language": "fr"}),
        ("title,artist,valence,energy,liveness", "T,A,.5,.5,.93", {"live": True}),
        ("title,artist,valence,energy", "T (Live at Wembley),A,.5,.5", {"live": True}),
        ("title,artist,valence,energy", "Live and Let Die,A,.5,.5", {"live": None}),
        ("title,artist,valence,energy,mood", "T,A,.5,.5,Happy", {"moods_has": "joyful"}),
        ("title,artist,valence,energy,Track URI", "T,A,.5,.5,spotify:track:" + "a" * 22, {"external_id": "a" * 22}),
        ("title;artist;valence;energy", "T;A;0,25;0,5", {"valence": 0.25}),
        ("title\tartist\tvalence\tenergy", "T\tA\t0.25\t0.5", {"valence": 0.25}),
    ],
)
def test_the_spellings_of_other_tables_are_understood(tmp_path, header, values, expected):
    assert imported(tmp_path, f"{header}\n{values}\n").added == 1
    track = Track.objects.get()
    for name, value in expected.items():
        if name == "moods_has":
            assert value in track.profile.moods
        elif name == "external_id":
            assert track.links.get().external_id == value
        else:
            assert getattr(track.profile if hasattr(AudioProfile, name) else track, name) == value


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_every_usual_encoding_is_read(tmp_path, encoding):
    content = text_of([row(1, track_name="Déjà vu", track_artist="Björk")]).encode(encoding)
    assert imported(tmp_path, content).added == 1
    assert str(Track.objects.get()) == "Björk - Déjà vu"


def test_a_packed_table_is_read_whatever_its_name(tmp_path):
    assert imported(tmp_path, gzip.compress(text_of([row(1)]).encode())).added == 1


def test_a_packed_table_that_breaks_off_keeps_what_came_before(tmp_path):
    rows = [row(n, track_name=f"{n * 7919 % 10007} song {n}") for n in range(3000)]
    outcome = imported(tmp_path, gzip.compress(text_of(rows).encode())[:-20_000])
    assert 0 < outcome.added < 3000
    assert codes(outcome)["ends_early"] == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "table_empty"),
        (b"\n\n  \n", "table_empty"),
        (bytes(range(256)) * 100, "not_a_table"),
        (b"\x89PNG\r\n\x1a\n" + bytes(2000), "not_a_table"),
        (b"\x1f\x8bnot really gzip", "not_a_table"),
        (b"one,two,three\n1,2,3\n", "table_columns"),
        (b"title,artist\nT,A\n", "table_columns"),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_a_code(tmp_path, content, code):
    with pytest.raises(TableError) as refused:
        imported(tmp_path, content)
    assert refused.value.code == code
    assert refused.value.hint


def test_a_missing_column_is_named_and_so_is_what_was_found(tmp_path):
    with pytest.raises(TableError, match="valence and energy") as refused:
        imported(tmp_path, "title,artist\nT,A\n")
    assert "title, artist" in refused.value.hint


def test_a_header_alone_is_an_empty_import(tmp_path):
    assert imported(tmp_path, text_of([row(1)]).splitlines()[0]).counts()["read"] == 0


def test_a_stray_quote_takes_only_its_own_line(tmp_path):
    lines = text_of([row(n) for n in range(60)]).splitlines()
    lines[10] = lines[10].replace("Song 9", '"Song 9')
    last = {**row(100), "note": ""}
    assert imported(tmp_path, "\n".join(lines)).counts() | {"read": 0} == {
        "read": 0, "added": 59, "updated": 0, "unchanged": 0, "missing": 0, "skipped": 1
    }  # fmt: skip
    in_last_column = text_of([last, last | row(101), last | row(102)]).splitlines()
    in_last_column[1] += '"never closed'
    assert imported(tmp_path, "\n".join(in_last_column)).added == 2


def test_a_title_over_two_lines_is_one_record(tmp_path):
    assert imported(tmp_path, [row(1, track_name="First\nSecond"), row(2)]).added == 2


def test_ten_thousand_rows_with_broken_ones_lose_nothing(tmp_path):
    lines = text_of([row(n) for n in range(10_000)]).splitlines()
    for n in range(50, 10_000, 100):
        lines[n] = ("a\x00b,c", "x" * 200_000, '"' + lines[n], lines[n].replace("0.518", "many"), ",,,")[n // 100 % 5]
    started = time.process_time()  # of this process: a busy machine must not decide
    outcome = imported(tmp_path, "\n".join(lines))
    assert (outcome.added, outcome.skipped) == (9_900, 100)
    assert set(codes(outcome)) == {"wrong_columns", "field_too_long", "broken_quotes", "not_a_number"}
    assert time.process_time() - started < 60


def test_one_endless_line_is_skipped_in_bounded_memory(tmp_path):
    lines = text_of([row(1), row(2)]).splitlines()
    lines.insert(2, "y" * 5_000_000)
    outcome = imported(tmp_path, "\n".join(lines))
    assert (outcome.added, codes(outcome)) == (2, {"line_too_long": 1})


def test_imports_of_two_people_and_the_shared_catalogue_stay_apart(tmp_path):
    anna, ben = UserFactory(), UserFactory()
    for owner in (anna, ben, None):
        assert imported(tmp_path, [row(1)], owner).added == 1
    assert Track.objects.visible_to(anna).count() == 2
    assert Track.objects.visible_to(None).count() == 1
    assert not Track.objects.visible_to(ben).filter(owner=anna).exists()


def test_a_cancelled_import_leaves_the_catalogue_as_it_was(tmp_path):
    def stop(done: int, total: int, note: str) -> None:
        raise KeyboardInterrupt

    path = tmp_path / "table.csv"
    path.write_text(text_of([row(n) for n in range(10)]))
    with pytest.raises(KeyboardInterrupt):
        import_table(path, None, Progress(on_step=stop))
    assert not Track.objects.exists()
    assert import_table(path, None, Progress()).added == 10


def test_the_command_prints_counts_and_reasons_and_goes_on_past_a_bad_file(tmp_path):
    good, bad, out = tmp_path / "good.csv", tmp_path / "bad.csv", StringIO()
    good.write_text(text_of([row(1), row(2, valence="?!")]))
    bad.write_bytes(bytes(5000))
    with pytest.raises(SystemExit) as ended:
        call_command("import_tracks", str(bad), str(good), "--json", stdout=out)
    assert ended.value.code == 1
    refused, done = map(json.loads, out.getvalue().splitlines())
    assert (refused["file"], refused["error"]["code"]) == (str(bad), "table_empty")
    assert (done["read"], done["added"], done["updated"], done["skipped"]) == (2, 1, 0, 1)
    assert done["reasons"][0]["code"] == "not_a_number"
    assert set(LibraryJob.objects.values_list("kind", "state")) >= {("table", "failed"), ("table", "done")}


def test_the_command_names_an_unknown_owner(tmp_path):
    out = StringIO()
    (tmp_path / "t.csv").write_text(text_of([row(1)]))
    with pytest.raises(SystemExit):
        call_command("import_tracks", str(tmp_path / "t.csv"), "--json", "--owner", "no@one.org", stdout=out)
    assert json.loads(out.getvalue())["error"]["code"] == "not_found"


def test_real_table_rows_come_in_with_plausible_arousal(tmp_path, shared_data):
    with gzip.open(shared_data / "spotify" / "tracks_features_70k.csv.gz", "rt") as file:
        content = "".join(next(file) for _ in range(3001))
    outcome = imported(tmp_path, content)
    assert outcome.added > 2_990
    calm = AudioProfile.objects.filter(energy__lt=0.3).values_list("arousal", flat=True)
    loud = AudioProfile.objects.filter(energy__gt=0.9).values_list("arousal", flat=True)
    assert max(calm) < 0.4
    assert min(loud) > 0.7


@given(st.lists(st.text(max_size=30), min_size=5, max_size=5))
@settings(max_examples=200, deadline=None)
def test_any_text_is_a_track_within_range_or_a_named_reason(fields):
    reader = RowReader(["title", "valence", "energy", "tempo", "key"])
    try:
        read = reader.read(2, fields)
    except BadRow as bad:
        assert bad.code and str(bad)
    else:
        assert 0 <= read.features["valence"] <= 1
        assert read.features["tempo"] is None or read.features["tempo"] > 0
        assert read.key is None or -1 <= read.key <= 11
