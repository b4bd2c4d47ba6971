"""Measurements of speed and quality, each run by ``manage.py bench NAME``."""
