from django.urls import path
from django.views.generic import RedirectView

from accounts import views
from accounts.connections import views as link_views

urlpatterns = [
    path("accounts/my-data/", views.my_data, name="my_data"),
    path("accounts/my-data/export/", views.export, name="my_data_export"),
    path("accounts/my-data/delete/", views.forget, name="my_data_forget"),
    path("accounts/my-data/research/", views.research, name="my_data_research"),
    path("accounts/connections/", link_views.connections, name="connections"),
    path("accounts/connections/server/", link_views.connect_server, name="connect_server"),
    # allauth's own page would take a sign-in away and leave its permission behind
    path("accounts/3rdparty/", RedirectView.as_view(pattern_name="connections")),
    path("accounts/tokens/", views.tokens, name="api_tokens"),
    path("accounts/tokens/<int:token_id>/revoke/", views.revoke_token, name="api_token_revoke"),
]
