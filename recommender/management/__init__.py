"""Commands of the recommender."""
