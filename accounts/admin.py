"""The admin's pages of this room."""

from accounts import service_admin  # noqa: F401 - registers its pages
