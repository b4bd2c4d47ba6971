"""Offline understanding of what a person writes: limits, wishes, named things and intent."""
