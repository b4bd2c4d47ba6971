"""The studies, each with the question it answers; ``registry`` lists them."""
