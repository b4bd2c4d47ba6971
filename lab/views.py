"""The reports that studies wrote, for the owner's eyes."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core.errors import NotFound
from lab import report_files
from lab.report_compare import compared, facts_apart

SEES_REPORTS = "feedback.view_experiment"
"""Owners and analysts; reviewers judge single lists, and must not see what is expected of them."""


@require_safe
def reports(request: HttpRequest) -> HttpResponse:
    """The evaluation reports there are, for the owner's eyes."""
    _owner_only(request)
    return render(request, "lab/reports.html", {"reports": report_files.listed()})


@require_safe
def report(request: HttpRequest, name: str) -> HttpResponse:
    """One report as it was written: it brings its own style, and may do nothing else."""
    _owner_only(request)
    response = HttpResponse(report_files.page(name))
    response["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"
    )
    return response


@require_safe
def compare_reports(request: HttpRequest, name: str) -> HttpResponse:
    """Two runs of a study side by side; the last two unless others are chosen."""
    _owner_only(request)
    one, other = report_files.pair(name, request.GET.get("one", ""), request.GET.get("other", ""))
    context = {
        "name": name,
        "one": one,
        "other": other,
        "runs": report_files.runs(name),
        "tables": compared(one.told, other.told),
        "facts": facts_apart(one.told, other.told),
    }
    return render(request, "lab/compare_reports.html", context)


def _owner_only(request: HttpRequest) -> None:
    if not request.user.has_perm(SEES_REPORTS):
        raise NotFound
