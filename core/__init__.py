"""Leaves that everything may import: errors, environment, frozen values, statistics."""
