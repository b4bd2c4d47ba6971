from django.urls import path

from accounts import views

urlpatterns = [
    path("accounts/my-data/", views.my_data, name="my_data"),
    path("accounts/my-data/export/", views.export, name="my_data_export"),
    path("accounts/my-data/delete/", views.forget, name="my_data_forget"),
    path("accounts/my-data/research/", views.research, name="my_data_research"),
    path("accounts/tokens/", views.tokens, name="api_tokens"),
    path("accounts/tokens/<int:token_id>/revoke/", views.revoke_token, name="api_token_revoke"),
]
