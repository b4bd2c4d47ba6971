"""Spotify, Google and SoundCloud for allauth, where its own providers are out of date or ask for too much.

Each is a package of allauth's shape (provider, views, urls); ``base`` holds what they share.
"""
