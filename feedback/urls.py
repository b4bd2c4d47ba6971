"""The addresses of feedback: see ``views``."""

from django.urls import path

from feedback import views

urlpatterns = [
    path("reactions/", views.react, name="react"),
    path("taste/", views.taste, name="taste"),
    path("taste/pause/", views.learning, {"on": False}, name="pause_learning"),
    path("taste/resume/", views.learning, {"on": True}, name="resume_learning"),
    path("taste/forget-hour/", views.forget_hour, name="forget_hour"),
    path("taste/forget/", views.forget, name="forget_taste"),
]
