"""The addresses of the page: see ``views``."""

from django.urls import path

from agents.conversations import save_views, views
from agents.conversations.sessions import views as together_views

urlpatterns = [
    path("playlists/<uuid:playlist_id>/export/<str:form>/", save_views.export, name="export"),
    path("giving/<uuid:delivery_id>/send/", save_views.send, name="send_delivery"),
    path("", views.home, name="home"),
    path("start/", views.start, name="start"),
    path("lists/", views.lists, name="lists"),
    path("c/<uuid:conversation_id>/", views.conversation, name="conversation"),
    path("c/<uuid:conversation_id>/say/", views.say, name="say"),
    path("c/<uuid:conversation_id>/adjust/", views.adjust, name="adjust"),
    path("c/<uuid:conversation_id>/take/", views.take, name="take"),
    path("c/<uuid:conversation_id>/limit/", views.let_go, name="let_go"),
    path("c/<uuid:conversation_id>/clock/", views.clock, name="clock"),
    path("c/<uuid:conversation_id>/arrange/", views.arrange, name="arrange"),
    path("c/<uuid:conversation_id>/swap/", views.swap, name="swap"),
    path("c/<uuid:conversation_id>/again/", views.rank_again, name="rank_again"),
    path("c/<uuid:conversation_id>/dial/", views.dial, name="dial"),
    path("c/<uuid:conversation_id>/undo/", views.step, {"way": "undo"}, name="undo"),
    path("c/<uuid:conversation_id>/redo/", views.step, {"way": "redo"}, name="redo"),
    path("c/<uuid:conversation_id>/cancel/", views.cancel, name="cancel"),
    path("c/<uuid:conversation_id>/retry/", views.retry, name="retry"),
    path("c/<uuid:conversation_id>/rename/", views.rename, name="rename"),
    path("c/<uuid:conversation_id>/delete/", views.delete, name="delete"),
    path("c/<uuid:conversation_id>/share/", views.share, {"shared": True}, name="share"),
    path("c/<uuid:conversation_id>/unshare/", views.share, {"shared": False}, name="unshare"),
    path("c/<uuid:conversation_id>/fit/<int:track_id>/", views.fit, name="fit"),
    path("c/<uuid:conversation_id>/together/", together_views.open_session, name="open_session"),
    path("c/<uuid:conversation_id>/together/end/", together_views.revoke, name="end_session"),
    path("c/<uuid:conversation_id>/together/remove/", together_views.remove, name="remove_member"),
    path("c/<uuid:conversation_id>/together/blend/", together_views.blend_by, name="blend_by"),
    path("c/<uuid:conversation_id>/<str:name>/", views.fragment, name="fragment"),
    path("together/<str:token>/", together_views.page, name="together"),
    path("together/<str:token>/join/", together_views.join, name="together_join"),
    path("together/<str:token>/leave/", together_views.leave, name="together_leave"),
    path("together/<str:token>/say/", together_views.say, name="together_say"),
    path("together/<str:token>/react/", together_views.react, name="together_react"),
    path("together/<str:token>/<int:number>/<str:size>.jpg", together_views.picture, name="together_picture"),
    path("together/<str:token>/<str:name>/", together_views.fragment, name="together_fragment"),
    path("s/<str:token>/", views.shared, name="shared"),
    path("s/<str:token>/<int:number>-<str:size>.jpg", views.shared_picture, name="shared_picture"),
]
