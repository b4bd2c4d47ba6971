"""Who reads the words: the planner that the owner chose."""

from __future__ import annotations

from django.conf import settings

from agents.planner import Planner, RulePlanner


def planner() -> Planner:
    """The planner the owner chose; a language model's client is loaded only when it is wanted."""
    if settings.AGENT_MODEL == "rules":
        return RulePlanner()
    from agents import llm_planner

    return llm_planner.configured()
