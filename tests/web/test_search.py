"""The line in the top bar: what one may see is found by number or name, one hit is opened, a stranger finds nothing."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.cast import Cast
from tests.journeys.recipes import REACHED

pytestmark = pytest.mark.django_db


def test_cases_systems_and_services_of_one_name_are_found_together(cast: Cast, client: Client) -> None:
    case = REACHED["in_service"](cast)
    client.force_login(cast.person("luo"))
    page = client.get("/search", {"q": "研修"}).content.decode()
    for address in (f"/cases/{case.number}", "/systems/JY-001", "/services/"):
        assert f'href="{address}' in page


@pytest.mark.parametrize(("words", "address"), [("JY-001", "/systems/JY-001"), ("HT-JY-01", "/contracts/HT-JY-01")])
def test_a_single_hit_is_opened_at_once(cast: Cast, client: Client, words: str, address: str) -> None:
    client.force_login(cast.person("luo"))
    assert client.get("/search", {"q": words})["Location"] == address


@pytest.mark.parametrize("username", ["he", "ma", "qian"])
def test_a_stranger_finds_nothing_and_is_told_so(cast: Cast, client: Client, username: str) -> None:
    REACHED["in_service"](cast)
    client.force_login(cast.person(username))
    assert "没有找到“研修”" in client.get("/search", {"q": "研修"}).content.decode()


def test_without_words_the_list_of_cases_is_shown(cast: Cast, client: Client) -> None:
    client.force_login(cast.person("luo"))
    assert client.get("/search", {"q": " "})["Location"] == "/cases"
