"""Accounts in the admin, and who of the staff did and looked at what. Only owners may see these pages."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from accounts import privacy
from accounts.connections import admin as service_admin  # noqa: F401 - registers its pages
from accounts.models import AccessReason, ApiToken, User

# second factors and session keys open doors: nobody needs to see them, not even owners
admin.site.unregister([Group, Authenticator, UserSession])


class ReadOnlyAdmin(ModelAdmin):
    """Rows that are looked at and never edited."""

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Model | None = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(ModelAdmin):
    """Accounts are made by signing up; here they are let in, kept out, and given roles."""

    list_display = ("email", "name", "is_guest", "is_staff", "is_active", "date_joined", "last_seen")
    list_filter = ("is_staff", "is_guest", "is_active", "groups")
    search_fields = ("email", "name")
    fields = ("email", "name", "is_active", "is_staff", "groups", "time_zone", "date_joined", "last_seen")
    readonly_fields = ("email", "time_zone", "date_joined", "last_seen")
    filter_horizontal = ("groups",)
    list_fullwidth = True

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Everything a person made goes with them, also what nobody may delete by itself."""
        shown, counts, _missing, protected = super().get_deleted_objects(objs, request)
        return shown, counts, set(), protected

    def delete_model(self, _request: HttpRequest, person: User) -> None:
        privacy.forget(person)

    def delete_queryset(self, _request: HttpRequest, people: QuerySet[User]) -> None:
        for person in people:
            privacy.forget(person)


@admin.register(Group)
class RoleAdmin(ReadOnlyAdmin):
    """The roles, as ``accounts.roles`` writes them."""

    list_display = ("name",)
    filter_horizontal = ("permissions",)


@admin.register(AccessReason)
class AccessReasonAdmin(ReadOnlyAdmin):
    list_display = ("at", "staff_name", "what", "subject", "reason")
    search_fields = ("staff_name", "subject", "what", "reason")
    date_hierarchy = "at"
    list_fullwidth = True


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    """Everything staff changed in the admin."""

    list_display = ("action_time", "user", "content_type", "object_repr", "action_flag", "change_message")
    list_filter = ("action_flag", "content_type")
    list_select_related = ("user", "content_type")
    date_hierarchy = "action_time"
    list_fullwidth = True


@admin.register(ApiToken)
class ApiTokenAdmin(ModelAdmin):
    """Tokens can be revoked (deleted) here; what they open cannot be seen."""

    list_display = ("owner", "name", "scope", "expires", "created", "last_used")
    list_select_related = ("owner",)
    fields = readonly_fields = ("owner", "name", "scope", "expires", "created", "last_used")

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False
