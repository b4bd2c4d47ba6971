"""One search over the library and the music services."""
