"""The parts in a real browser: accessible, within the screen, and with the behaviour that the styles cannot give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture
def gallery(page: Page, live_server: Any) -> Page:
    page.goto(f"{live_server.url}/components")
    return page


def settle(page: Page) -> None:
    """Wait until the faces are there and the lines are where they stay: sizes are measured after that."""
    page.evaluate(
        "document.fonts.ready.then(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))))"
    )


@pytest.mark.parametrize("width", [1366, 390])
def test_no_rule_of_accessibility_is_broken(gallery: Page, axe_source: str, width: int):
    gallery.set_viewport_size({"width": width, "height": 800})
    gallery.evaluate(axe_source)
    settle(gallery)
    found = gallery.evaluate(f"axe.run({{runOnly: {TAGS}}})")
    assert [(v["id"], [n["target"] for n in v["nodes"]]) for v in found["violations"]] == []


@pytest.mark.parametrize("width", [1366, 1024, 800, 390, 320])
def test_nothing_makes_the_page_scroll_sideways(gallery: Page, width: int):
    gallery.set_viewport_size({"width": width, "height": 800})
    assert gallery.evaluate("document.documentElement.scrollWidth") <= width


def test_the_policy_of_the_page_is_not_broken(page: Page, live_server: Any):
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{live_server.url}/components")
    assert said == []


def test_a_chip_explains_itself_on_focus_and_escape_closes(gallery: Page):
    chip = gallery.locator("[data-yh-summary]").first
    chip.focus()
    pop = gallery.locator("#yh-pop")
    pop.wait_for(state="visible", timeout=2000)
    assert chip.get_attribute("aria-describedby") == "yh-pop"
    gallery.keyboard.press("Escape")
    assert pop.count() == 0
    assert chip.get_attribute("aria-describedby") is None


def test_what_is_wrong_takes_the_focus(gallery: Page):
    assert gallery.evaluate("document.activeElement.hasAttribute('data-yh-focus')")


def test_the_arrow_keys_go_from_piece_to_piece(gallery: Page):
    links = gallery.locator("#line svg").first.locator("a")
    links.first.focus()
    gallery.keyboard.press("ArrowRight")
    second = links.nth(1).get_attribute("aria-label")
    assert gallery.evaluate("document.activeElement.getAttribute('aria-label')") == second


def test_a_form_is_sent_once_and_its_button_goes_out(gallery: Page):
    gallery.evaluate("""() => {
        const form = document.createElement('form');
        form.id = 'once'; form.method = 'post'; form.action = '/components'; form.target = 'nowhere';
        form.innerHTML = '<button name="step" value="go">交</button>';
        document.querySelector('main').append(form);
        window.sent = [];
        form.addEventListener('submit', (e) => {
            window.sent.push(new FormData(form, e.submitter).get('step'));
            e.preventDefault();
        });
    }""")
    button = gallery.locator("#once button")
    button.click()
    gallery.wait_for_function("document.querySelector('#once button').disabled")
    gallery.evaluate("document.querySelector('#once').requestSubmit()")
    assert gallery.evaluate("window.sent") == ["go"]
