"""One client a music service."""
