"""Files that pages refer to (``views``), the search, a person's own music and its leaving, the giving back of lists."""

from django.urls import path

from recommender.library import disconnect_views, media_views, service_covers
from recommender.library import views as library_views
from recommender.playlists import publish_views
from recommender.search import views as search_page

urlpatterns = [
    path("accounts/connections/<int:credential_id>/disconnect/", disconnect_views.disconnect, name="disconnect"),
    path("search/", search_page.search, name="search"),
    path("search/events/", search_page.search_events, name="search_events"),
    path("search/keep/", search_page.keep_found, name="keep_found"),
    path("pictures/<uuid:picture_id>/<str:size>/", media_views.picture, name="picture"),
    path("tracks/<int:track_id>/audio/", media_views.audio, name="audio"),
    path("tracks/<int:track_id>/stream/", media_views.service_audio, name="service_audio"),
    path("tracks/<int:track_id>/cover/", service_covers.service_cover, name="service_cover"),
    path("tracks/<int:track_id>/preview/", media_views.preview, name="preview"),
    path("library/", library_views.library_page, name="library"),
    path("library/jobs/", library_views.library_jobs, name="library_jobs"),
    path("library/history/", library_views.upload_history, name="upload_history"),
    path("library/import/<str:service>/", library_views.start_import, name="start_import"),
    path("library/jobs/<uuid:job_id>/cancel/", library_views.cancel_job, name="cancel_job"),
    path("library/kept/<int:entry_id>/let-go/", library_views.unsave, name="let_go"),
    path("library/<uuid:playlist_id>/", library_views.library_list, name="library_list"),
    path("playlists/<uuid:playlist_id>/give/", publish_views.give, name="give"),
    path("playlists/<uuid:playlist_id>/draft/", publish_views.make_draft, name="make_draft"),
    path("giving/<uuid:delivery_id>/", publish_views.delivery, name="delivery"),
    path("giving/<uuid:delivery_id>/change/", publish_views.change_draft, name="change_draft"),
    path("covers/<int:seed>-<int:valence>-<int:arousal>.svg", media_views.cover, name="cover"),
    path("covers/<str:pattern>/<int:seed>-<int:valence>-<int:arousal>.svg", media_views.cover, name="cover"),
]
