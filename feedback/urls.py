"""The addresses of feedback: see ``views``, and ``saving`` for lists that are taken along."""

from django.urls import path

from feedback import saving, views

urlpatterns = [
    path("reactions/", views.react, name="react"),
    path("ratings/", views.rate, name="rate"),
    path("playlists/<uuid:playlist_id>/export/<str:form>/", saving.export, name="export"),
    path("giving/<uuid:delivery_id>/send/", saving.send, name="send_delivery"),
    path("taste/", views.taste, name="taste"),
    path("taste/steer/", views.steer, name="steer_taste"),
    path("taste/fact/", views.fact, name="taste_fact"),
    path("taste/pause/", views.learning, {"on": False}, name="pause_learning"),
    path("taste/resume/", views.learning, {"on": True}, name="resume_learning"),
    path("taste/forget/", views.forget, name="forget_taste"),
]
