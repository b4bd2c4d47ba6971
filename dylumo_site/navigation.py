"""The admin's side bar: each role sees what it may open."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

PLACES: tuple[tuple[str, tuple[tuple[str, str, str, str], ...]], ...] = (
    ("", (("Dashboard", "dashboard", "admin:index", ""),)),
    (
        "Learn",
        (
            ("Review queue", "rate_review", "admin:feedback_reviewcase_changelist", "feedback.view_reviewcase"),
            (
                "Evaluation cases",
                "fact_check",
                "admin:feedback_evaluationcase_changelist",
                "feedback.view_evaluationcase",
            ),
            ("Pairs to judge", "compare", "pairs", "feedback.judge_pairs"),
            ("Pairs and origins", "join", "admin:feedback_curatedpair_changelist", "feedback.view_curatedpair"),
            ("Studies with people", "groups", "admin:feedback_peoplestudy_changelist", "feedback.view_peoplestudy"),
            ("Evaluation reports", "assessment", "reports", "feedback.view_peoplestudy"),
            ("Experiments", "science", "admin:feedback_experiment_changelist", "feedback.view_experiment"),
            ("Settings for all", "tune", "admin:feedback_tuning_changelist", "feedback.view_tuning"),
            ("Suggestions", "lightbulb", "admin:suggestions", "agents.view_suggestions"),
        ),
    ),
    (
        "People",
        (
            ("Taste inspector", "favorite", "admin:taste_people", "feedback.inspect_taste"),
            ("Conversations", "forum", "admin:agents_conversation_changelist", "agents.view_conversation"),
            ("Reactions", "thumb_up", "admin:feedback_reaction_changelist", "feedback.view_reaction"),
            ("Accounts", "person", "admin:accounts_user_changelist", "accounts.view_user"),
            ("Research export", "ios_share", "admin:research", "agents.export_research"),
        ),
    ),
    (
        "Works",
        (
            ("Turns", "sync", "admin:agents_turn_changelist", "agents.view_turn"),
            ("Catalogue", "library_music", "admin:recommender_track_changelist", "recommender.view_track"),
            (
                "Catalogue jobs",
                "work_history",
                "admin:recommender_libraryjob_changelist",
                "recommender.view_libraryjob",
            ),
            ("Models", "model_training", "admin:model_registry", "recommender.view_vectorspace"),
            ("Vector spaces", "hub", "admin:recommender_vectorspace_changelist", "recommender.view_vectorspace"),
            ("API tokens", "key", "admin:accounts_apitoken_changelist", "accounts.view_apitoken"),
            ("Reasons given", "visibility", "admin:accounts_accessreason_changelist", "accounts.view_accessreason"),
            ("What staff did", "history", "admin:admin_logentry_changelist", "admin.view_logentry"),
        ),
    ),
)
"""Groups of (title, icon, address, permission)."""


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Unfold's callback."""
    links = [reverse(address) for _, places in PLACES for _, _, address, _ in places]
    here = max((link for link in links if request.path.startswith(link)), key=len, default="")
    groups = []
    for title, places in PLACES:
        items = [
            {"title": name, "icon": icon, "link": reverse(address), "active": reverse(address) == here}
            for name, icon, address, permission in places
            if not permission or request.user.has_perm(permission)
        ]
        if items:
            groups.append({"title": title, "separator": bool(title), "items": items})
    return groups
