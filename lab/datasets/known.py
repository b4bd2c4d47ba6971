"""The data sets that are known: what each is for, whose terms it has, what to download, and where to put it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lab.datasets.layouts import SOUNDS, Arrays, Folders, Found, Hdf5, Json, Layout, Rows
from lab.datasets.layouts import check as check_layout


@dataclass(frozen=True, kw_only=True)
class DataSet:
    """``place``: the folder below the data folder; ``licence``: the terms to accept, as its makers state them;
    ``download``: what to get and how it must lie in ``place``."""

    name: str
    title: str
    place: str
    licence: str
    download: str
    layout: Layout


def _set(name: str, title: str, licence: str, download: str, layout: Layout, *, place: str = "") -> DataSet:
    return DataSet(name=name, title=title, place=place or name, licence=licence, download=download, layout=layout)


ASK = "for research, on request to its makers"
NON_COMMERCIAL = "non-commercial research"

_ALL = (
    # photos with ratings or emotions
    _set(
        "oasis",
        "OASIS, 900 photos rated for valence and arousal",
        "open access",
        "oasis.csv beside images/",
        Rows(
            files="oasis.csv",
            columns=("file", "theme", "valence_mean", "arousal_mean"),
            numbers=("valence_mean", "arousal_mean"),
        ),
    ),
    _set(
        "oasis_original",
        "OASIS as its makers publish it",
        "open access",
        "OASIS.csv beside Images/",
        Rows(
            files="OASIS.csv",
            columns=("Theme", "Category", "Valence_mean", "Arousal_mean"),
            numbers=("Valence_mean", "Arousal_mean"),
        ),
    ),
    _set(
        "gaped",
        "GAPED, 730 pictures rated 0..100",
        NON_COMMERCIAL,
        "the unpacked archive: one folder and one .txt a category (A, H, N, P, Sn, Sp)",
        Rows(
            files="**/*.txt",
            columns=("Picture name", "Valence", "Arousal"),
            numbers=("Valence", "Arousal"),
            delimiter="\t",
        ),
    ),
    _set(
        "naps",
        "NAPS, 1,356 pictures rated 1..9",
        ASK,
        "the ratings saved from the spreadsheet as naps.csv, beside the pictures",
        Rows(files="*.csv", columns=("ID", "Category", "M_Val", "M_Aro"), numbers=("M_Val", "M_Aro")),
    ),
    _set("emoset", "EmoSet-118k, 8 emotions", ASK, "image/EMOTION/*.jpg and annotation/", Folders(inside="image")),
    _set(
        "affectnet",
        "AffectNet, faces with expression, valence and arousal",
        ASK,
        "train_set/ and val_set/, each with images/ and annotations/",
        Arrays(),
    ),
    _set("flickr_emotion", "Flickr and Instagram emotions (FI), 8 classes", ASK, "one folder an emotion", Folders()),
    _set("twitter_emotion", "Twitter image sentiment", NON_COMMERCIAL, "one folder a class", Folders()),
    _set(
        "emid",
        "EMID, music clips with three pictures each",
        "CC BY-NC-SA 4.0",
        "EMID_data.csv, and the media it names",
        Rows(
            files="*.csv", columns=("Audio_Filename", "genre", "Image1_filename", "Image2_filename", "Image3_filename")
        ),
    ),
    _set(
        "imemnet",
        "IMEMNet, image and music pairs with a graded likeness",
        NON_COMMERCIAL,
        "the pair lists as *.csv with image, music and similarity",
        Rows(files="**/*.csv", columns=("image", "music", "similarity"), numbers=("similarity",)),
    ),
    _set(
        "emo_clim",
        "Emo-CLIM, split files of images and music clips by emotion",
        NON_COMMERCIAL,
        "the split files, *.csv or *.json with file and label",
        Json(files="**/*.json", keys=("file", "label")),
    ),
    # pictures of things
    _set(
        "coco",
        "COCO, captions and objects",
        "annotations CC BY 4.0, pictures by their owners' terms",
        "annotations/captions_*.json and train2017/ or val2017/",
        Json(files="annotations/captions_*.json", keys=("image_id", "caption"), inside="annotations"),
    ),
    _set(
        "imagenet",
        "ImageNet, 1,000 classes",
        NON_COMMERCIAL,
        "train/ and val/ with one folder a class (n and eight digits)",
        Folders(),
    ),
    # sound with ratings, styles or features
    _set(
        "deam",
        "DEAM, 1,802 songs rated 1..9",
        "CC BY-NC",
        "the static annotations averaged per song, below annotations/",
        Rows(
            files="**/static_annotations_averaged_songs*.csv",
            columns=("song_id", "valence_mean", "arousal_mean"),
            numbers=("valence_mean", "arousal_mean"),
        ),
    ),
    _set(
        "pmemo",
        "PMEmo, 794 chorus excerpts rated 0..1",
        NON_COMMERCIAL,
        "annotations/static_annotations.csv and chorus/*.mp3",
        Rows(
            files="annotations/static_annotations.csv",
            columns=("musicId", "Arousal(mean)", "Valence(mean)"),
            numbers=("Arousal(mean)", "Valence(mean)"),
        ),
    ),
    _set(
        "pmemo_spotify",
        "PMEmo joined to Spotify's features",
        "research",
        "human_va_with_spotify_features.csv",
        Rows(
            files="human_va_with_spotify_features.csv",
            columns=("title", "artist", "valence_mean", "arousal_mean", "sp_energy"),
            numbers=("valence_mean", "arousal_mean", "sp_energy"),
        ),
        place="music_affect",
    ),
    _set(
        "jamendo",
        "MTG-Jamendo, moods and themes",
        "CC BY-NC-SA (annotations), music by its artists' Creative Commons terms",
        "data/autotagging_moodtheme.tsv",
        Rows(
            files="data/autotagging_moodtheme.tsv",
            columns=("TRACK_ID", "PATH", "DURATION", "TAGS"),
            numbers=("DURATION",),
            delimiter="\t",
            ragged=True,
        ),
    ),
    _set(
        "gtzan",
        "GTZAN, 1,000 clips of 10 genres",
        "none stated; research use is customary",
        "genres_original/GENRE/*.wav",
        Folders(inside="genres_original", endings=SOUNDS),
    ),
    _set(
        "gtzan_features",
        "GTZAN's features with tempo and key",
        "key file MIT",
        "gtzan_features_tempo_key.csv",
        Rows(files="gtzan_features_tempo_key.csv", columns=("filename", "tempo"), numbers=("tempo",)),
        place="music_affect",
    ),
    _set(
        "fma",
        "FMA, styles and Echo Nest features",
        "metadata CC BY 4.0, music by its artists' terms",
        "fma_metadata/raw_tracks.csv",
        Rows(files="fma_metadata/raw_tracks.csv", columns=("track_id", "track_title", "artist_name", "track_genres")),
    ),
    _set(
        "million_song",
        "Million Song Dataset, the summary file",
        "research, non-commercial",
        "msd_summary_file.h5 or subset_msd_summary_file.h5",
        Hdf5(files="*msd_summary_file.h5"),
    ),
    _set(
        "spotify",
        "tables of Spotify's audio features",
        "mixed; figures only",
        "tracks_features_*.csv(.gz), with id, title, artist and the features",
        Rows(files="tracks_features_*.csv*", columns=("track_id", "title", "artist", "energy")),
    ),
    # listening, lists and talk
    _set(
        "playlists",
        "471 named Spotify playlists",
        "figures only",
        "playlists_471.csv.gz",
        Rows(files="playlists_*.csv*", columns=("track_id", "playlist_id", "energy"), numbers=("energy",)),
        place="spotify",
    ),
    _set(
        "mpd",
        "Million Playlist Dataset",
        "non-commercial research, as AIcrowd's page states",
        "data/mpd.slice.*.json",
        Json(files="data/mpd.slice.*.json", keys=("pid", "tracks"), inside="playlists"),
    ),
    _set(
        "lastfm",
        "Last.fm HetRec 2011",
        NON_COMMERCIAL,
        "user_artists.csv.gz and artists.csv.gz",
        Rows(files="user_artists.csv*", columns=("userID", "artistID", "weight"), numbers=("weight",)),
    ),
    _set(
        "lastfm_original",
        "Last.fm HetRec 2011 as published",
        NON_COMMERCIAL,
        "user_artists.dat and artists.dat",
        Rows(files="user_artists.dat", columns=("userID", "artistID", "weight"), numbers=("weight",), delimiter="\t"),
    ),
    _set(
        "lastfm_1k",
        "Last.fm 1K users, every play",
        NON_COMMERCIAL,
        "userid-timestamp-artid-artname-traid-traname.tsv",
        Rows(
            files="userid-timestamp-*.tsv",
            names=("user", "time", "artist_id", "artist", "track_id", "track"),
            columns=("user", "time"),
            delimiter="\t",
        ),
    ),
    _set(
        "cpcd",
        "CPCD, conversations about playlists",
        "CC BY 4.0",
        "dialogs.train.jsonl.gz and tracks.csv",
        Json(files="dialogs.*.jsonl*", keys=("id", "turns")),
    ),
    _set(
        "talkplay",
        "TalkPlayData, conversations about tracks",
        "as its page states",
        "exported as *.jsonl (one conversation a line)",
        Json(files="**/*.jsonl*", keys=("session_id", "conversations")),
    ),
    _set(
        "lp_music_dialog",
        "LP-MusicDialog, dialogues made from playlists",
        "as its page states",
        "exported as *.jsonl (one dialogue a line)",
        Json(files="**/*.jsonl*", keys=("dialogue",)),
    ),
    _set(
        "art_music",
        "people rating art with music",
        "MIT",
        "art_music_ratings.csv",
        Rows(files="art_music_ratings.csv", columns=("participant", "condition", "correspondence")),
        place="pairs",
    ),
)
SETS: dict[str, DataSet] = {one.name: one for one in _ALL}


def check(one: DataSet, data: Path) -> Found | None:
    """What of it is there; None when its folder is not."""
    folder = data / one.place
    return check_layout(one.layout, folder) if folder.is_dir() else None


def as_json(one: DataSet, found: Found | None) -> dict[str, Any]:
    return {
        "title": one.title,
        "place": one.place,
        "licence": one.licence,
        "download": one.download,
        "found": asdict(found) if found else None,
    }


def in_words(one: DataSet, found: Found | None) -> str:
    if found and found.usable and not found.problems:
        return f"{one.name:<15} {one.title}: {found.records:,} records"
    state = " ".join(found.problems) if found else "not here"
    return f"{one.name:<15} {one.title}: {state}. Terms: {one.licence}. Get: {one.download}, into {one.place}/"
