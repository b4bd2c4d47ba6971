"""Who of the staff may do what: three groups, kept as written here whenever the tables change."""

from __future__ import annotations

from django.contrib.auth.models import Group, Permission

from accounts.models import User
from core.errors import BadInput

OWNER, REVIEWER, ANALYST = "owner", "reviewer", "analyst"
ROLES: dict[str, tuple[str, ...]] = {
    OWNER: ("*",),
    REVIEWER: (
        "feedback.view_reviewcase",
        "feedback.change_reviewcase",
        "feedback.export_reviewcase",
        "feedback.view_evaluationcase",
        "feedback.add_evaluationcase",
        "feedback.change_evaluationcase",
        "feedback.judge_pairs",
        "feedback.view_curatedpair",
        "feedback.inspect_taste",
        "recommender.view_track",
    ),
    ANALYST: (
        "feedback.view_experiment",
        "feedback.add_experiment",
        "feedback.change_experiment",
        "feedback.view_arm",
        "feedback.add_arm",
        "feedback.change_arm",
        "feedback.run_experiment",
        "feedback.view_tuning",
        "feedback.view_evaluationcase",
        "feedback.view_peoplestudy",
        "agents.view_suggestions",
        "recommender.view_track",
        "recommender.view_vectorspace",
    ),
}
"""Permissions by role. Reviewers see people's reactions under pseudonyms; analysts see no single person at all; only
owners see accounts, conversations (with a reason), research exports, jobs and what staff did."""


class UnknownRole(BadInput):
    code = "unknown_role"
    message = "There is no such role."
    hint = f"Use one of: {', '.join(ROLES)}."


def ensure_roles() -> None:
    """Make the groups and set their permissions; harmless to repeat."""
    known = {f"{one.content_type.app_label}.{one.codename}": one for one in _permissions()}
    for name, allowed in ROLES.items():
        group, _ = Group.objects.get_or_create(name=name)
        # half-way through the migrations some tables are not there yet; afterwards this runs again
        group.permissions.set(known.values() if allowed == ("*",) else [known[one] for one in allowed if one in known])


def _permissions() -> list[Permission]:
    return list(Permission.objects.select_related("content_type"))


def give_role(person: User, role: str) -> None:
    """Make the person staff with exactly this role. Raises UnknownRole, BadInput for a guest."""
    if role not in ROLES:
        raise UnknownRole
    if person.is_guest:
        raise BadInput("A guest cannot have a role.", hint="They sign up first.")
    person.is_staff = True
    person.save(update_fields=["is_staff"])
    person.groups.set([Group.objects.get(name=role)])
