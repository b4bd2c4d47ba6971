"""Training of the small models: each module writes coefficients and a model card."""
