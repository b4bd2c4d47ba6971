"""Every address of the site."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path, re_path
from django.views.i18n import set_language
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from agents.api.errors import no_such_address
from core.http import server_trouble
from dylumo_site import installable

# staff come in by the same door as everybody: second factor and limits on guessing hold there too
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

handler500 = server_trouble

urlpatterns = [
    path("api/v1/", include("agents.api.urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="api_schema"),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="api_schema"), name="api_docs"),
    re_path("^api/", no_such_address),
    path("admin/", admin.site.urls),
    path("app.webmanifest", installable.manifest, name="manifest"),
    path("sw.js", installable.service_worker, name="service_worker"),
    path("offline/", installable.offline, name="offline"),
    path("language/", set_language, name="set_language"),
    path("", include("accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("", include("recommender.urls")),
    path("", include("feedback.urls")),
    path("", include("agents.urls")),
    path("", include("lab.urls")),
]
