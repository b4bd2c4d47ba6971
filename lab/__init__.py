"""Offline research: studies, data sets, measures, training, benchmarks, reports; no page imports it."""
