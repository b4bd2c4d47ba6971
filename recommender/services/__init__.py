"""One adapter a music service, all behind ``protocol.MusicService``; none of them imports another."""
