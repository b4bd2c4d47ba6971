"""The addresses of the REST API, below ``/api/v1/``."""

from django.urls import URLPattern, URLResolver, include, path

from agents.api import conversations, events, lists, reactions, refreshes, search, taste, turns

of_a_turn: list[URLPattern | URLResolver] = [
    path("", turns.OneTurn.as_view(), name="api_turn"),
    path("cancel/", turns.Cancel.as_view(), name="api_cancel"),
    path("retry/", turns.Retry.as_view(), name="api_retry"),
]
of_a_conversation: list[URLPattern | URLResolver] = [
    path("", conversations.OneConversation.as_view(), name="api_conversation"),
    path("picture/", conversations.ConversationPicture.as_view(), name="api_picture"),
    path("share/", conversations.Share.as_view(), name="api_share"),
    path("refresh/", refreshes.OneRefresh.as_view(), name="api_refresh"),
    path("events/", events.Events.as_view(), name="api_events"),
    path("turns/", turns.Turns.as_view(), name="api_turns"),
    path("turns/<uuid:turn_id>/", include(of_a_turn)),
    path("list/", lists.CurrentList.as_view(), name="api_list"),
    path("fit/<int:track_id>/", lists.Fit.as_view(), name="api_fit"),
    path("list/versions/", lists.Versions.as_view(), name="api_versions"),
    path("list/let_go/", lists.LetGo.as_view(), name="api_let_go"),
    path("list/adjust/", lists.Adjust.as_view(), name="api_adjust"),
    path("list/arrange/", lists.Arrange.as_view(), name="api_arrange"),
    path("list/swap/", lists.Swap.as_view(), name="api_swap"),
    path("list/undo/", lists.Undo.as_view(), name="api_undo"),
    path("list/redo/", lists.Redo.as_view(), name="api_redo"),
]
urlpatterns = [
    path("search/", search.Search.as_view(), name="api_search"),
    path("search/keep/", search.Keep.as_view(), name="api_keep"),
    path("conversations/", conversations.Conversations.as_view(), name="api_conversations"),
    path("conversations/<uuid:conversation_id>/", include(of_a_conversation)),
    path("lists/<uuid:list_id>/", lists.OneList.as_view(), name="api_one_list"),
    path("lists/<uuid:list_id>/rating/", reactions.Rating.as_view(), name="api_rating"),
    path("lists/<uuid:list_id>/export/<str:form>/", lists.Export.as_view(), name="api_export"),
    path("reactions/", reactions.Reactions.as_view(), name="api_reactions"),
    path("reactions/<int:reaction_id>/", reactions.OneReaction.as_view(), name="api_reaction"),
    path("taste/", taste.Taste.as_view(), name="api_taste"),
    path("taste/facts/", taste.Facts.as_view(), name="api_facts"),
    path("taste/forget-hour/", taste.ForgetHour.as_view(), name="api_forget_hour"),
]
