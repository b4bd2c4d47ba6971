"""What a person does, in a real browser, against the whole site."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

SAMPLES = Path(__file__).parents[2] / "templates/static/samples"
Visitor = Callable[..., Page]
COLD = 60_000
"""Milliseconds that a first turn may take: its worker loads its models."""
pytestmark = [pytest.mark.browser, pytest.mark.slow]


def version(page: Page, number: int) -> None:
    expect(page.locator("#list-title")).to_contain_text(f"version {number}")


def titles(page: Page) -> list[str]:
    return [title.strip() for title in page.locator(".track .title").all_inner_texts()]


def start_with_photo(page: Page, name: str = "sunset-sea.webp") -> None:
    page.locator("#picture").set_input_files(SAMPLES / name)
    page.wait_for_url("**/c/*/")
    expect(page.locator(".track").nth(4)).to_be_visible(timeout=COLD)
    expect(page.locator("#timeline .spinner")).to_have_count(0)


def test_from_a_photo_to_a_list_that_plays_and_is_kept(visitor: Visitor) -> None:
    page = visitor()
    start_with_photo(page)
    address = page.url
    expect(page.locator("#seen img")).to_be_visible()
    expect(page.locator(".answer")).not_to_be_empty()
    assert page.locator("#plane .dot").count() == page.locator(".track").count()
    page.evaluate("window.stayed = true")

    # Chips and the map rank again at once, on the same page.
    before = titles(page)
    page.locator(".chip").first.click()
    version(page, 2)
    target = page.locator("#plane svg")
    page.wait_for_timeout(700)  # the map is drawn anew once more, when the news of the change comes round
    target.hover()
    box = target.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.15 * box["width"], box["y"] + 0.2 * box["height"], steps=4)
    page.mouse.up()
    version(page, 3)
    assert titles(page) != before
    expect(page.locator("#valence")).to_have_value(re.compile(r"^0(\.[01]\d*|\.2|\.2[0-4]\d*)?$"))
    expect(page.locator("#change")).to_contain_text("swapped")

    # It plays, goes on to the next, and plays on while the list changes under it.
    page.locator("[data-play]").first.click()
    expect(page.locator("#player")).to_have_class(re.compile("sounding"))
    expect(page.locator("#player-now")).to_have_text(re.compile("0:0[1-9]"))
    first = page.locator("#player-title").inner_text()
    page.keyboard.press("n")
    expect(page.locator("#player-title")).not_to_have_text(first)
    playing = page.locator("#player-title").inner_text()
    page.locator("#undo").click()
    version(page, 2)
    expect(page.locator("#player-title")).to_have_text(playing)
    page.locator("h2").first.click()
    page.keyboard.press("Space")
    expect(page.locator("#player")).not_to_have_class(re.compile("sounding"))
    assert page.evaluate("window.stayed")

    # Signing up keeps it.
    page.locator(".keep").get_by_role("link", name="Sign up").click()
    page.locator("[name=email]").fill("visitor@example.org")
    page.locator("[name=password1]").fill("a long, dull password")
    page.locator("[name=password2]").fill("a long, dull password")
    page.locator("main form button").last.click()
    expect(page.get_by_role("navigation").get_by_role("link", name="Sign up")).to_have_count(0)
    page.goto("/lists/")
    expect(page.locator(".tile")).to_have_count(1)
    page.locator(".tile a").first.click()
    assert page.url == address
    version(page, 2)


def test_words_then_talk_then_undo(visitor: Visitor) -> None:
    page = visitor()
    page.locator("#text").fill("a quiet evening, soft and sad")
    page.keyboard.press("Enter")
    page.wait_for_url("**/c/*/")
    expect(page.locator(".track").first).to_be_visible(timeout=COLD)
    expect(page.locator("#timeline .spinner")).to_have_count(0)
    before = titles(page)
    page.get_by_role("button", name="more upbeat").click()
    expect(page.locator(".said", has_text="more upbeat")).to_be_visible()
    version(page, 2)
    expect(page.locator("#timeline .spinner")).to_have_count(0)
    expect(page.locator(".turn").last.locator(".answer")).not_to_be_empty()
    page.locator("#undo").click()
    expect(page.locator("#redo")).to_be_enabled()
    assert titles(page) == before
    page.locator("#agents-at-work > summary").click()
    expect(page.locator(".steps li")).to_have_count(5)


def test_a_second_tab_and_a_reload_show_the_same(visitor: Visitor) -> None:
    page = visitor()
    start_with_photo(page)
    other = page.context.new_page()
    other.goto(page.url)
    page.locator(".chip").first.click()
    version(page, 2)
    version(other, 2)
    assert titles(other) == titles(page)
    page.reload()
    assert titles(other) == titles(page)


def test_tracks_are_ordered_swapped_and_removed_by_keyboard(visitor: Visitor) -> None:
    page = visitor()
    start_with_photo(page, "forest-morning.webp")
    before = titles(page)
    page.locator("[data-grip]").nth(1).focus()
    page.keyboard.press("ArrowUp")
    version(page, 2)
    assert titles(page)[:2] == [before[1], before[0]]
    expect(page.locator("[data-grip]").first).to_be_focused()
    page.locator(".track .more > summary").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".track").first.locator(".parts")).to_be_visible()

    # What another tab changes comes in without taking the focus, or what was opened, away.
    other = page.context.new_page()
    other.goto(page.url)
    other.locator("[id^=more-] > summary").last.click()
    other.get_by_role("button", name="Remove").click()
    version(page, 3)
    expect(page.locator(".track .more > summary").first).to_be_focused()
    expect(page.locator(".track").first.locator(".parts")).to_be_visible()
    page.get_by_role("button", name="Remove").first.press("Enter")
    version(page, 4)
    assert titles(page)[0] == before[0] and len(titles(page)) == len(before) - 2
    page.locator("#target").focus()
    page.keyboard.press("ArrowRight")
    version(page, 5)
    expect(page.locator("#target")).to_be_focused()
    page.get_by_role("button", name="Start over").click()
    version(page, 6)
    expect(page.get_by_role("button", name="Start over")).to_have_count(0)


def test_a_shared_link_lets_others_listen_until_it_is_taken_back(visitor: Visitor) -> None:
    page = visitor()
    start_with_photo(page, "party-lights.webp")
    page.locator("summary[aria-label=Share]").click()
    page.get_by_role("button", name="Make a link").click()
    page.locator("summary[aria-label=Share]").click()
    link = page.locator("#share-link").input_value()
    stranger = visitor()
    stranger.goto(link)
    assert titles(stranger) == titles(page)
    expect(stranger.locator("#seen img")).to_be_visible()
    stranger.locator("[data-play]").first.click()
    expect(stranger.locator("#player")).to_have_class(re.compile("sounding"))
    assert stranger.locator("#say, #steer, [data-grip]").count() == 0
    stranger.goto(page.url)
    expect(stranger.locator("h1")).to_contain_text("not yours")
    page.get_by_role("button", name="Stop sharing").click()
    stranger.goto(link)
    expect(stranger.locator("h1")).to_contain_text("does not work any more")


def test_a_bad_file_is_refused_beside_the_drop_zone(visitor: Visitor) -> None:
    page = visitor()
    box = page.locator("#start-error")
    page.locator("#picture").set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"not a picture"})
    expect(box).to_contain_text("picture_unsupported")
    page.locator("#picture").set_input_files({"name": "song.mp3", "mimeType": "audio/mpeg", "buffer": b"ID3"})
    expect(box).to_contain_text("song.mp3 is not a picture")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate(
        """() => {
            const many = new DataTransfer();
            many.items.add(new File([new Uint8Array(26 * 1024 * 1024)], "huge.jpg", {type: "image/jpeg"}));
            const field = document.getElementById("picture");
            field.files = many.files;
            field.dispatchEvent(new Event("change"));
        }"""
    )
    expect(box).to_contain_text("photos may have up to 25 MB")
    assert not [url for url in asked if url.endswith("/start/")]
    start_with_photo(page)


def test_everything_needed_works_without_javascript(visitor: Visitor) -> None:
    page = visitor(java_script_enabled=False)
    page.get_by_role("button", name="City in the rain").click()
    expect(page.locator(".track").first).to_be_visible(timeout=COLD)
    expect(page.locator("#timeline .spinner")).to_have_count(0)
    page.locator(".chip input").first.uncheck()
    page.get_by_role("button", name="Choose again").click()
    version(page, 2)
    page.locator("#undo").click()
    expect(page.locator("#redo")).to_be_enabled()

    # What lies in the folds is a link away, and the buttons of a row are buttons of a form.
    songs = titles(page)
    page.locator(".more > summary").last.click()
    page.locator(".more a").last.click()
    expect(page.locator(".more").last.locator(".parts")).to_be_visible()
    expect(page.locator(".more > summary").last).to_be_focused()
    page.locator(".track").last.get_by_role("button", name="Remove").click()
    version(page, 3)
    assert titles(page) == songs[:-1]
    page.locator("[id^=like-]").first.click()
    expect(page.locator("[id^=like-]").first).to_have_attribute("aria-pressed", "true")
    page.locator("#say").fill("calmer")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".turn")).to_have_count(2)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_sticks_out_on_a_phone(visitor: Visitor, scheme: str) -> None:
    page = visitor(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, color_scheme=scheme)
    width = "document.documentElement.scrollWidth"
    assert page.evaluate(width) == 390
    expect(page.locator(".camera")).to_be_visible()
    start_with_photo(page)
    page.locator("[data-play]").first.tap()
    expect(page.locator("#player")).to_be_visible()
    assert page.evaluate(width) == 390
    page.goto("/lists/")
    assert page.evaluate(width) == 390


def test_a_phone_shows_the_tracks_at_once_and_answers_where_one_writes(visitor: Visitor) -> None:
    page = visitor(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    start_with_photo(page)

    def boxes(*selectors: str) -> list[dict[str, float]]:
        for selector in selectors:
            expect(page.locator(selector).first).to_be_visible()
        rects = "names => names.map(name => document.querySelector(name).getBoundingClientRect().toJSON())"
        return list(page.evaluate(rects, list(selectors)))

    page.evaluate("scrollTo(0, 0)")
    photo, play, takes, first = boxes(".title-photo img", "[data-play-all]", ".takes", "#tracks .track")
    assert photo["y"] < takes["y"] < first["y"] < 500
    assert photo["width"] == photo["height"] <= 100 and play["width"] == pytest.approx(play["height"], abs=1)
    assert all(place["y"] > first["y"] + 100 for place in boxes("#seen", "#dial-box", "#timeline", "#chat"))
    assert boxes(".composer")[0]["height"] <= 120
    page.locator("[data-play-all]").tap()
    expect(page.locator("#player")).to_have_class(re.compile("sounding"))
    assert sum(part["height"] for part in boxes(".composer", "#player")) <= 120
    page.locator(".more > summary").first.tap()
    expect(page.locator(".more").first.locator(".inside > .reason")).to_be_visible()

    # What is said is answered in view, and the list stays where it is.
    page.locator("#say").fill("calmer")
    page.keyboard.press("Enter")
    version(page, 2)
    expect(page.locator("#reply")).to_be_in_viewport()
    expect(page.locator("#timeline .spinner")).to_have_count(0)
    page.get_by_role("button", name="Close the answer").tap()
    expect(page.locator("#reply")).to_be_hidden()


def test_what_is_said_while_dylumo_works_comes_next(visitor: Visitor) -> None:
    page = visitor()
    page.locator("#picture").set_input_files(SAMPLES / "sunset-sea.webp")
    page.wait_for_url("**/c/*/")
    page.evaluate(
        "document.getElementById('chat').insertAdjacentHTML('beforeend', '<span class=\"typing\"></span>')"
    )  # however fast the worker was
    page.locator("#say").fill("calmer")
    page.keyboard.press("Enter")
    expect(page.locator("#waiting")).to_contain_text("Next: calmer")
    expect(page.locator("#say")).to_have_value("")
    page.evaluate("document.querySelectorAll('#chat > .typing').forEach((node) => node.remove())")
    expect(page.locator(".track").nth(4)).to_be_visible(timeout=COLD)
    page.evaluate("document.dispatchEvent(new CustomEvent('fragment'))")
    expect(page.locator(".said", has_text="calmer")).to_be_visible()
    expect(page.locator("#waiting")).to_be_hidden()
    version(page, 2)


CONTRAST = """([photo]) => {
    document.documentElement.style.setProperty("--photo", photo);
    const canvas = Object.assign(document.createElement("canvas"), {width: 1, height: 1}).getContext("2d");
    const light = (name) => {
        const probe = document.body.appendChild(document.createElement("i"));
        probe.style.color = `var(${name})`;
        canvas.fillStyle = getComputedStyle(probe).color;
        probe.remove();
        canvas.fillRect(0, 0, 1, 1);
        const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3)
            .map((part) => part / 255).map((part) => part <= .03928 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4);
        return .2126 * r + .7152 * g + .0722 * b;
    };
    const ratio = (one, two) => {
        const [low, high] = [light(one), light(two)].sort((a, b) => a - b);
        return (high + .05) / (low + .05);
    };
    return Math.min(ratio("--ink", "--bg"), ratio("--muted", "--bg"), ratio("--muted", "--surface"),
        ratio("--accent", "--bg"), ratio("--accent", "--wash"), ratio("--on-accent", "--accent"),
        ratio("--ink", "--wash"), ratio("--muted", "--wash"));
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_keeps_its_contrast_whatever_the_colour_of_the_photo(visitor: Visitor, scheme: str) -> None:
    page = visitor(color_scheme=scheme)
    photos = [
        "#ff0000",
        "#ff9a00",
        "#ffff00",
        "#40ff00",
        "#00ffbf",
        "#00bfff",
        "#0000ff",
        "#ff00ff",
        "#808080",
        "#201008",
    ]
    worst = {photo: page.evaluate(CONTRAST, [photo]) for photo in photos}
    assert min(worst.values()) >= 4.5, worst


def test_like_and_never_change_the_next_list_and_the_taste_page_corrects_it(visitor: Visitor) -> None:
    page = visitor()
    start_with_photo(page)
    before = titles(page)
    rows = page.locator(".track")
    expect(page.locator("#taste-note")).to_be_hidden()

    # By keyboard: like the second, refuse the first; each answers at once and can be taken back.
    like = rows.nth(1).locator("[id^=like-]")
    like.press("Enter")
    expect(like).to_have_attribute("aria-pressed", "true")
    expect(like).to_be_focused()
    expect(page.locator(".toast")).to_contain_text("you like")
    rows.first.locator(".never > summary").press("Enter")
    rows.first.get_by_role("button", name="Never this song").press("Enter")
    expect(page.locator(".toast")).to_contain_text("will not come again")
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(page.locator(".toast")).to_contain_text("Taken back")
    rows.first.locator(".never > summary").click()
    rows.first.get_by_role("button", name="Never this song").click()
    expect(rows.first.locator("[name=undo]")).to_have_attribute("aria-pressed", "true")

    # The next list knows: the refused one is gone, and the taste is a part of every match.
    page.get_by_role("button", name="Rank again now").click()
    version(page, 2)
    assert before[0] not in titles(page)
    expect(page.locator("#taste-note")).to_be_hidden()
    page.locator(".track summary:has(.reason)").first.click()
    expect(page.locator(".track").first.locator(".parts")).to_contain_text("Taste")

    # Playing one and going on by hand is a skip, told in passing.
    page.locator("[data-play]").first.click()
    expect(page.locator("#player-now")).to_have_text(re.compile("0:0[2-9]"))
    with page.expect_response("**/reactions/") as told:
        page.keyboard.press("n")
    assert told.value.status == 200

    # Their own taste page: read it, take the refusal back, forget the rest.
    page.get_by_role("link", name="Your taste").first.click()
    expect(page.locator(".reactions li")).to_have_count(3)
    expect(page.locator("#plane .dot")).to_have_count(1)
    page.locator(".reactions li", has_text="never this song").get_by_role("button").click()
    expect(page.locator(".reactions li")).to_have_count(2)
    page.on("dialog", lambda question: question.accept())
    page.get_by_role("button", name="Forget everything").click()
    expect(page.get_by_text("Nothing learned yet")).to_be_visible()


def test_what_is_liked_and_corrected_changes_the_next_list(visitor: Visitor) -> None:
    page = visitor()
    start_with_photo(page, "forest-morning.webp")
    page.locator("#clock").click()  # the lists compared must not hang on the hour at which they are made
    version(page, 2)
    plain, conversation = titles(page), page.url
    page.goto("/")
    page.locator("#text").fill("furious and loud, full of rage")  # far from the forest, so that liking it shows there
    page.get_by_role("button", name="Find music").click()
    page.wait_for_url("**/c/*/")
    expect(page.locator(".track").nth(4)).to_be_visible(timeout=COLD)
    expect(page.locator("#timeline .spinner")).to_have_count(0)
    for place in range(7):
        page.locator("[id^=like-]").nth(place).click()
        expect(page.locator("[id^=like-]").nth(place)).to_have_attribute("aria-pressed", "true")
    page.locator("[data-play]").nth(7).click()
    expect(page.locator("#player-now")).to_have_text(re.compile("0:0[1-9]"))
    with page.expect_response("**/reactions/") as told:
        page.keyboard.press("n")
    assert told.value.ok and "kind=skipped" in (told.value.request.post_data or "")

    # What was liked beside the words is known beside the photo.
    page.goto(conversation)
    page.locator("#dial-box > summary").click()
    page.locator("#balance").fill("100")
    page.locator("#dial-use").click()
    version(page, 3)
    learned = titles(page)
    assert sorted(learned) != sorted(plain)
    expect(page.locator(".tag.taste").first).to_have_text("changed by your taste")
    page.locator("#star-4").click()
    expect(page.locator("#star-4")).to_have_attribute("aria-pressed", "true")

    # Removing everything that was learned brings the list of the photo alone back.
    page.goto("/taste/")
    remove = page.get_by_role("button", name="Remove: ")
    again = page.get_by_role("button", name="Learn again: ")
    removed = 0
    while remove.count():
        remove.first.click()
        removed += 1
        expect(again).to_have_count(removed)  # the page after the click, before what is left on it is counted
    page.goto(conversation)
    page.locator("#dial-box > summary").click()
    page.locator("#dial-use").click()
    version(page, 4)
    assert sorted(titles(page)) == sorted(plain)
    expect(page.locator(".tag.taste")).to_have_count(0)
