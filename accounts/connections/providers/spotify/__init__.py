"""Spotify as a music service for allauth."""
