"""The tables of the recommender: pictures, tracks, lists, jobs, and what music services hold."""

from recommender.models.annotations import Annotation
from recommender.models.catalogue import (
    ACCENTED,
    PLAIN,
    UNIT_FEATURES,
    AudioProfile,
    LibraryJob,
    NameWords,
    Picture,
    Playlist,
    PlaylistItem,
    Track,
    TrackLink,
    TrackVector,
    VectorSpace,
)
from recommender.models.listings import StoreListing
from recommender.models.service_library import (
    Delivery,
    DeliveryItem,
    Listen,
    ServiceEntry,
    ServicePlaylist,
    ServiceTrack,
)

__all__ = [
    "ACCENTED",
    "PLAIN",
    "UNIT_FEATURES",
    "Annotation",
    "AudioProfile",
    "Delivery",
    "DeliveryItem",
    "LibraryJob",
    "Listen",
    "NameWords",
    "Picture",
    "Playlist",
    "PlaylistItem",
    "ServiceEntry",
    "ServicePlaylist",
    "ServiceTrack",
    "StoreListing",
    "Track",
    "TrackLink",
    "TrackVector",
    "VectorSpace",
]
