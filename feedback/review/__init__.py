"""The owner's second look: lists that people said something about, and what is learned from looking."""
