"""Pretrained networks: where they lie, how they are fetched, loaded and checked."""
