"""The addresses of evaluation reports."""

from django.urls import path

from lab import views

urlpatterns = [
    path("reports/", views.reports, name="reports"),
    path("reports/<slug:name>/", views.report, name="report"),
    path("reports/<slug:name>/compare/", views.compare_reports, name="compare_reports"),
]
