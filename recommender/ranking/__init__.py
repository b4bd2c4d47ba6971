"""From a brief to a finished list: limits, candidates, scores, diversity, order."""
