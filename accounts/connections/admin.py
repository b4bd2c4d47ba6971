"""Registrations at services, and people's permissions, in the admin: what opens doors is written there, never shown."""

from __future__ import annotations

from allauth.core import context
from allauth.socialaccount.models import SocialApp, SocialToken
from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.html import format_html_join
from unfold.admin import ModelAdmin
from unfold.decorators import action
from unfold.widgets import UnfoldAdminPasswordWidget

from accounts.connections import oauth_apps, oauth_client
from accounts.connections.errors import ServiceError
from accounts.connections.overview import redirect_uri
from accounts.connections.services import SERVICE_DEFINITIONS, service_definition
from accounts.models import ServiceApp, ServiceCredential

# Their tables stay empty here: registrations are ServiceApp, tokens are sealed in ServiceCredential.
admin.site.unregister([SocialApp, SocialToken])


class ServiceAppForm(forms.ModelForm):  # type: ignore[type-arg]
    service = forms.ChoiceField(choices=[(one.name, one.title) for one in SERVICE_DEFINITIONS.values() if one.provider])
    secret = forms.CharField(
        required=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "off"}),
        help_text="Sealed when it is saved and never shown again; leave it empty to keep the one that is there.",
    )

    class Meta:
        model = ServiceApp
        fields = ("service", "client_id", "secret")


@admin.register(ServiceApp)
class ServiceAppAdmin(ModelAdmin):
    form = ServiceAppForm
    list_display = ("service", "client_id", "updated")
    fields = ("service", "redirect_addresses", "client_id", "secret")
    readonly_fields = ("redirect_addresses",)
    actions_submit_line = ("save_and_check",)

    @admin.display(description="Redirect addresses to register there")
    def redirect_addresses(self, _obj: ServiceApp) -> str:
        services = [one for one in SERVICE_DEFINITIONS.values() if one.provider]
        rows = ((one.title, redirect_uri(one, context.request)) for one in services)
        return format_html_join("", "<p>{}: <code>{}</code></p>", rows)

    def save_model(self, request: HttpRequest, obj: ServiceApp, form: ServiceAppForm, change: bool) -> None:
        if secret := form.cleaned_data["secret"]:
            obj.sealed = oauth_apps.sealed(secret)
        super().save_model(request, obj, form, change)
        if oauth_apps.from_environment(obj.service):
            messages.warning(request, "The environment names a registration for this service too, and goes first.")

    @action(description="Save and check")
    def save_and_check(self, request: HttpRequest, obj: ServiceApp) -> None:
        """Ask the service, by a real request, whether it knows this registration."""
        title = service_definition(obj.service).title
        try:
            accepted = oauth_client.accepts(oauth_apps.app_for(obj.service))
        except ServiceError as error:
            messages.warning(request, f"{title} could not be asked: {error.message}")
            return
        if accepted:
            messages.success(request, f"{title} accepts this client id and secret.")
        else:
            messages.error(request, f"{title} does not accept this client id and secret.")


@admin.register(ServiceCredential)
class ServiceCredentialAdmin(ModelAdmin):
    """Who is connected to what, to look at."""

    list_display = ("owner", "service", "account_name", "status", "authorised_at", "expires_at")
    list_filter = ("service", "status")
    fields = ("owner", "service", "account_name", "base_url", "scopes", "status", "authorised_at", "expires_at")
    readonly_fields = fields

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: ServiceCredential | None = None) -> bool:
        return False
