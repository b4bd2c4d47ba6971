"""Pairs of a photo and a track that reviewers judge; they become cases for evaluation and training."""
