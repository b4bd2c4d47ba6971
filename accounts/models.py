"""Who a person is. A visitor who makes something becomes a guest: a real row, so that everything has an owner."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str | None = None, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email) if email else None, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def create_guest(self) -> User:
        """A visitor's row: no address, no password, nothing to sign in with."""
        return self.create_user(is_guest=True)


class User(AbstractBaseUser, PermissionsMixin):
    """A person, known by e-mail; or a guest, known only by the session that made the row."""

    email = models.EmailField(null=True, blank=True, unique=True)
    name = models.CharField(max_length=80, blank=True)
    is_guest = models.BooleanField(default=False, db_index=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    time_zone = models.CharField(max_length=64, blank=True)
    date_joined = models.DateTimeField(default=timezone.now)
    last_seen = models.DateTimeField(default=timezone.now, db_index=True)
    research_consent = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Since when their conversations may be used for research."
    )

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_once"),
            models.CheckConstraint(
                condition=models.Q(is_guest=True) | models.Q(email__isnull=False), name="user_guest_or_email"
            ),
            models.CheckConstraint(
                condition=models.Q(is_guest=False) | models.Q(is_staff=False, is_superuser=False),
                name="user_guest_has_no_power",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email or f"guest {self.pk}"


class AccessReason(models.Model):
    """Who of the staff looked at what of a person's, when and why. Rows are only ever added.

    ``subject`` is the person's pseudonym, which stays true after the person is gone.
    """

    staff = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    staff_name = models.CharField(max_length=254)
    subject = models.CharField(max_length=24, db_index=True)
    what = models.CharField(max_length=120)
    reason = models.CharField(max_length=300)
    at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-at"]
        constraints = [models.CheckConstraint(condition=~models.Q(reason=""), name="access_has_reason")]

    def __str__(self) -> str:
        return f"{self.staff_name}: {self.what}"


class ApiToken(models.Model):
    """A program's key to one person's things. Only its SHA-256 digest is kept: what is stored here opens nothing."""

    class Scope(models.TextChoices):
        READ = "read", _("read only")
        WRITE = "write", _("read and change")

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    scope = models.CharField(max_length=10, choices=Scope, default=Scope.WRITE)
    expires = models.DateTimeField(null=True, blank=True)
    created = models.DateTimeField(auto_now_add=True)
    last_used = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-created"]
        verbose_name = "API token"
        constraints = [
            models.CheckConstraint(condition=models.Q(scope__in=["read", "write"]), name="apitoken_scope"),
        ]

    def __str__(self) -> str:
        return self.name


class ServiceCredential(models.Model):
    """A person's permission for their account at a music service.

    Rows of other rooms that came from the service point here with CASCADE: when this row goes, they go. ``sealed``
    opens only with this copy's keys (``accounts.connections.encryption``): access and refresh
    token, or the password of an own server.
    """

    class Status(models.TextChoices):
        ACTIVE = "active", _("connected")
        EXPIRING = "expiring", _("ends soon")
        NEEDS_RECONNECT = "needs_reconnect", _("has ended")
        REVOKED = "revoked", _("taken back at the service")

    USABLE: ClassVar[tuple[str, ...]] = (Status.ACTIVE, Status.EXPIRING)

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="service_credentials")
    service = models.CharField(max_length=20)
    account_id = models.CharField(max_length=300)
    account_name = models.CharField(max_length=200, blank=True)
    base_url = models.CharField(max_length=300, blank=True)
    username = models.CharField(max_length=200, blank=True)
    sealed = models.TextField()
    scopes = models.JSONField(default=list, blank=True)
    status = models.CharField(max_length=20, choices=Status, default=Status.ACTIVE)
    authorised_at = models.DateTimeField(default=timezone.now)
    issued_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["service", "-authorised_at"]
        verbose_name = "connected service"
        constraints = [
            models.UniqueConstraint(fields=["owner", "service", "account_id"], name="servicecredential_once"),
            models.CheckConstraint(
                condition=models.Q(status__in=["active", "expiring", "needs_reconnect", "revoked"]),
                name="servicecredential_status",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service}: {self.account_name or self.account_id}"


class ServiceApp(models.Model):
    """The owner's registration of this copy at a service, where the environment does not name one."""

    service = models.CharField(max_length=20, unique=True)
    client_id = models.CharField(max_length=200)
    sealed = models.TextField(blank=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "registration at a service"
        verbose_name_plural = "registrations at services"

    def __str__(self) -> str:
        return self.service
