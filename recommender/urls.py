"""Files that pages refer to (``views``), and the search (``search_page``)."""

from django.urls import path

from recommender import search_page, views

urlpatterns = [
    path("search/", search_page.search, name="search"),
    path("search/events/", search_page.search_events, name="search_events"),
    path("pictures/<uuid:picture_id>/<str:size>/", views.picture, name="picture"),
    path("tracks/<int:track_id>/audio/", views.audio, name="audio"),
    path("covers/<int:seed>-<int:valence>-<int:arousal>.svg", views.cover, name="cover"),
    path("reports/", views.reports, name="reports"),
    path("reports/<slug:name>/", views.report, name="report"),
    path("playlists/<uuid:playlist_id>/export/<str:form>/", views.export, name="export"),
]
