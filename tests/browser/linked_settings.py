"""The site's settings with a local authorisation server, named by ``OAUTH_SERVER``, in place of the music services."""

from __future__ import annotations

import os

from dylumo_site.settings import *  # noqa: F403
from tests.accounts.oauth_server import CLIENT, SECRET, SERVICES, endpoints_at

OAUTH_ENDPOINTS = endpoints_at(os.environ["OAUTH_SERVER"])
SERVICE_APPS = dict.fromkeys(SERVICES, (CLIENT, SECRET))
