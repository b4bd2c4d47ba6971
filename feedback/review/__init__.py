"""The review queue: lists that people said something about, and what reviewers make of them."""
