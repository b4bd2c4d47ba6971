"""Data sets as they lie on disk: made-up ones of every layout, and broken ones that are named."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from lab.datasets import known


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def table(name: str, header: str, line: str) -> tuple[str, str]:
    return name, f"{header}\n{line}\n"


MADE = {
    "oasis": table("oasis.csv", "file,theme,valence_mean,arousal_mean", "a.jpg,Sea,5.5,2.1"),
    "oasis_original": table("OASIS.csv", "Theme,Category,Valence_mean,Arousal_mean", "Sea 1,Scene,5.5,2.1"),
    "gaped": table("P/P.txt", "Picture name\tValence\tArousal\tNorms", "P001.bmp\t90.1\t20.2\t80"),
    "naps": table("naps.csv", "ID,Category,M_Val,M_Aro", "Animals_001_h,animals,3.4,6.1"),
    "emoset": ("image/awe/awe_00001.jpg", "jpeg"),
    "flickr_emotion": ("anger/1.jpg", "jpeg"),
    "twitter_emotion": ("positive/1.jpg", "jpeg"),
    "emid": table(
        "EMID_data.csv",
        "Audio_Filename,genre,Image1_filename,Image2_filename,Image3_filename",
        "a.wav,A,1.jpg,2.jpg,3.jpg",
    ),
    "imemnet": table("train.csv", "image,music,similarity", "1.jpg,2.mp3,0.4"),
    "emo_clim": ("splits/test.json", json.dumps([{"file": "1.jpg", "label": "funny"}])),
    "coco": ("annotations/captions_val2017.json", json.dumps({"annotations": [{"image_id": 1, "caption": "a cat"}]})),
    "imagenet": ("val/n01440764/1.JPEG", "jpeg"),
    "deam": table(
        "annotations/static_annotations_averaged_songs_1_2000.csv", "song_id, valence_mean, arousal_mean", "2,3.1,3.0"
    ),
    "pmemo": table("annotations/static_annotations.csv", "musicId,Arousal(mean),Valence(mean)", "1,0.4,0.57"),
    "pmemo_spotify": table(
        "human_va_with_spotify_features.csv", "title,artist,valence_mean,arousal_mean,sp_energy", "T,A,5,4,.7"
    ),
    "jamendo": table(
        "data/autotagging_moodtheme.tsv", "TRACK_ID\tARTIST_ID\tALBUM_ID\tPATH\tDURATION\tTAGS",
        "track_1\tartist_1\talbum_1\t48/948.mp3\t212.7\tmood/theme---dark\tmood/theme---epic",
    ),
    "gtzan": ("genres_original/blues/blues.00000.wav", "RIFF"),
    "gtzan_features": table("gtzan_features_tempo_key.csv", "filename,tempo", "blues.00000.wav,123.0"),
    "fma": table("fma_metadata/raw_tracks.csv", "track_id,track_title,artist_name,track_genres", '2,Food,AWOL,"[{}]"'),
    "spotify": table("tracks_features_1.csv", "track_id,title,artist,energy", "1,T,A,.5"),
    "playlists": table("playlists_1.csv", "track_id,playlist_id,energy", "1,2,.5"),
    "mpd": ("data/mpd.slice.0-999.json", json.dumps({"playlists": [{"pid": 0, "name": "x", "tracks": []}]})),
    "lastfm": table("user_artists.csv", "userID,artistID,weight", "2,51,13883"),
    "lastfm_original": table("user_artists.dat", "userID\tartistID\tweight", "2\t51\t13883"),
    "lastfm_1k": ("userid-timestamp-artid-artname-traid-traname.tsv", "u1\t2009\ta\tDeep Dish\t\tCall Me \"Famous\n"),
    "cpcd": ("dialogs.train.jsonl", json.dumps({"id": "1", "turns": []}) + "\n"),
    "talkplay": ("train.jsonl", json.dumps({"session_id": "1", "conversations": []})),
    "lp_music_dialog": ("train.jsonl", json.dumps({"dialogue": []})),
    "art_music": table("art_music_ratings.csv", "participant,condition,correspondence", "1,AV,55"),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(MADE))
def test_a_set_of_the_published_layout_is_found(name: str, tmp_path: Path) -> None:
    one = known.SETS[name]
    path, text = MADE[name]
    write(tmp_path / one.place / path, text)
    found = known.check(one, tmp_path)
    assert found is not None
    assert (found.records, found.problems) == (1, ())
    assert "1 records" in known.in_words(one, found)


def test_affectnet_and_the_million_song_summary_are_found(tmp_path: Path) -> None:
    import h5py

    folder = tmp_path / "affectnet" / "train_set" / "annotations"
    folder.mkdir(parents=True)
    for name, value in (("exp", "3"), ("val", "-0.5"), ("aro", "0.25")):
        np.save(folder / f"7_{name}.npy", np.array(value))
    found = known.check(known.SETS["affectnet"], tmp_path)
    assert found is not None
    assert found.records == 1
    (tmp_path / "million_song").mkdir()
    with h5py.File(tmp_path / "million_song" / "subset_msd_summary_file.h5", "w") as file:
        about = np.array([(b"Song", b"Band")], dtype=[("title", "S20"), ("artist_name", "S20")])
        sound = np.array(
            [(120.0, -9.0, 1, 0, 200.0)], dtype=[(n, "f8") for n in ("tempo", "loudness", "key", "mode", "duration")]
        )
        file.create_dataset("metadata/songs", data=about)
        file.create_dataset("analysis/songs", data=sound)
    found = known.check(known.SETS["million_song"], tmp_path)
    assert found is not None
    assert found.records == 1


def test_every_known_set_has_a_made_up_one_here() -> None:
    assert set(MADE) | {"affectnet", "million_song"} == set(known.SETS)


@pytest.mark.parametrize(
    ("name", "path", "text", "says"),
    [
        ("oasis", "oasis.csv", "file,theme\na,b\n", "oasis.csv has no column valence_mean"),
        ("oasis", "oasis.csv", "file,theme,valence_mean,arousal_mean\na,b,high,1\n", "line 2, valence_mean: “high”"),
        ("oasis", "oasis.csv", "file,theme,valence_mean,arousal_mean\na,b\n", "line 2: 2 cells"),
        ("cpcd", "dialogs.train.jsonl", "{not json\n", "dialogs.train.jsonl is not JSON"),
        ("mpd", "data/mpd.slice.0-999.json", '{"info": {}}', "has no “playlists”"),
        ("mpd", "data/mpd.slice.0-999.json", '{"playlists": [{"name": "x"}]}', "record 1: pid, tracks"),
        ("imagenet", "val/n0/1.jpeg", "", "val/n0/1.jpeg is empty"),
        ("lastfm", "user_artists.csv.gz", "not compressed", "user_artists.csv.gz cannot be read"),
        ("affectnet", "train_set/annotations/7_exp.npy", "broken", "7_exp.npy cannot be read"),
        ("million_song", "subset_msd_summary_file.h5", "broken", "subset_msd_summary_file.h5 is not a summary file"),
        ("coco", "readme.txt", "nothing here", "nothing of what is expected"),
    ],
)  # fmt: skip
def test_a_broken_file_is_named(name: str, path: str, text: str, says: str, tmp_path: Path) -> None:
    one = known.SETS[name]
    write(tmp_path / one.place / path, text)
    found = known.check(one, tmp_path)
    assert found is not None
    assert says in " ".join(found.problems)
    assert says in known.in_words(one, found)


def test_a_truncated_archive_is_named(tmp_path: Path) -> None:
    whole = gzip.compress(b"userID,artistID,weight\n" + b"1,2,3\n" * 5000)
    (tmp_path / "lastfm").mkdir()
    (tmp_path / "lastfm" / "user_artists.csv.gz").write_bytes(whole[: len(whole) // 2])
    found = known.check(known.SETS["lastfm"], tmp_path)
    assert found is not None
    assert "user_artists.csv.gz cannot be read" in " ".join(found.problems)


def test_what_is_not_there_says_what_to_get_and_whose_terms_it_has(tmp_path: Path) -> None:
    one = known.SETS["deam"]
    told = known.in_words(one, known.check(one, tmp_path))
    assert all(part in told for part in ("not here", one.licence, one.download, "into deam/"))
