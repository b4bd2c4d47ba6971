"""Connect and disconnect a music service in a real browser, through a real authorisation server."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.accounts.oauth_server import AuthorizationServer
from tests.site.site_copy import Copy, own_copy

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PASSWORD = "a long, dull password"


@pytest.fixture(scope="module")
def there() -> Iterator[AuthorizationServer]:
    with AuthorizationServer(ask=True) as server:
        yield server


@pytest.fixture(scope="module")
def site(there: AuthorizationServer) -> Iterator[Copy]:
    """A copy of the site that takes ``there`` for the music services."""
    with own_copy(migrated=True) as copy:
        copy.environment |= {"DJANGO_SETTINGS_MODULE": "tests.browser.linked_settings", "OAUTH_SERVER": there.origin}
        copy.up()
        yield copy


def test_link_refuse_allow_more_and_disconnect(visitor: Callable[..., Page], there: AuthorizationServer) -> None:
    page = visitor()
    page.goto("/accounts/connections/")
    page.wait_for_url("**/accounts/signup/**")
    page.locator("[name=email]").fill("ada@example.org")
    page.locator("[name=password1]").fill(PASSWORD)
    page.locator("[name=password2]").fill(PASSWORD)
    page.get_by_role("button", name="Sign Up").click()
    page.wait_for_url("**/accounts/connections/")

    spotify = page.locator("#spotify")
    page.get_by_role("button", name="Connect Spotify").click()
    page.locator("#deny").click()
    expect(page.locator(".messages")).to_contain_text("you said no there")
    page.get_by_role("button", name="Connect Spotify").click()
    page.locator("#agree").click()
    expect(spotify).to_contain_text("Ada-There")
    expect(spotify).to_contain_text("Reads only")

    page.get_by_role("button", name="Allow saving lists too").press("Enter")
    page.locator("#agree").click()
    expect(spotify).to_contain_text("Reads and saves lists")

    page.get_by_role("button", name="Connect SoundCloud").click()
    page.locator("#agree").click()
    page.get_by_role("link", name="Disconnect SoundCloud").click()
    page.get_by_role("button", name="Disconnect SoundCloud").click()
    expect(page.locator(".messages")).to_contain_text("SoundCloud ended the permission as well")
    assert len(there.revoked) == 1
    page.get_by_role("link", name="Disconnect Spotify").click()
    expect(page.locator("main")).to_contain_text("None of your lists loses a track")
    page.get_by_role("button", name="Disconnect Spotify").click()
    expect(page.get_by_role("button", name="Connect Spotify")).to_be_visible()
