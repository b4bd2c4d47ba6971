"""Google as a music service for allauth."""
