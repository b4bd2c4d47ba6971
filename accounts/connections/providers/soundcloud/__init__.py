"""SoundCloud as a music service for allauth."""
