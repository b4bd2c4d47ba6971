"""The laboratory: measures, data sets, baselines, studies, reports. ``evaluate`` runs it; no page imports it."""
