"""One adapter a music service, all behind ``base.MusicService``; none of them is imported by another."""
