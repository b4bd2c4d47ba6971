"""Where a song can be looked for without a key: the search pages of the big music services."""

from __future__ import annotations

from urllib.parse import quote, quote_plus

PAGES = {
    "spotify": "https://open.spotify.com/search/{path}",
    "youtube_music": "https://music.youtube.com/search?q={query}",
    "apple_music": "https://music.apple.com/search?term={query}",
    "deezer": "https://www.deezer.com/search/{path}",
    "soundcloud": "https://soundcloud.com/search?q={query}",
}
NAMES = {
    "spotify": "Spotify",
    "youtube_music": "YouTube Music",
    "apple_music": "Apple Music",
    "deezer": "Deezer",
    "soundcloud": "SoundCloud",
}


def search_links(title: str, artist: str) -> dict[str, str]:
    """By service, the address of its search page for this song."""
    words = f"{artist} {title}".strip()
    return {name: page.format(path=quote(words, safe=""), query=quote_plus(words)) for name, page in PAGES.items()}
