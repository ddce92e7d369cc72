"""Tokens on the page: shown once, working at once, stopped at once, and never another organisation's."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.cast import Cast
from yunheng.domain.parties.models import ApiToken

pytestmark = pytest.mark.django_db


def _make(client: Client, days: int = 30) -> tuple[int, str]:
    until = timezone.localdate() + timedelta(days=days)
    answer = client.post("/tokens", {"do": "make", "label": "取账单", "valid_to": until.isoformat()})
    found = re.search(r"yh_[\w-]+", answer.content.decode())
    return answer.status_code, found[0] if found else ""


def _asks(token: str) -> int:
    return Client().get("/api/me", headers={"Authorization": f"Bearer {token}"}).status_code


def test_a_token_is_shown_once_works_and_is_stopped(cast: Cast, client: Client) -> None:
    client.force_login(cast.person("luo"))
    status, token = _make(client)
    assert (status, _asks(token)) == (200, 200)
    assert token not in client.get("/tokens").content.decode()
    made = ApiToken.objects.get()
    stranger = Client()
    stranger.force_login(cast.person("he"))
    assert stranger.post("/tokens", {"do": "revoke", "token": made.pk}).status_code == 404
    assert _asks(token) == 200
    assert client.post("/tokens", {"do": "revoke", "token": made.pk}).status_code == 302
    assert _asks(token) == 401


@pytest.mark.parametrize(("days", "status"), [(0, 422), (1, 200), (366, 200), (367, 422)])
def test_a_token_lasts_from_tomorrow_to_a_year(cast: Cast, client: Client, days: int, status: int) -> None:
    client.force_login(cast.person("luo"))
    assert _make(client, days)[0] == status


@pytest.mark.parametrize("username", ["chen", "ma", "qian"])
def test_who_binds_nobody_makes_no_token(cast: Cast, client: Client, username: str) -> None:
    client.force_login(cast.person(username))
    assert _make(client) == (422, "")
    assert not ApiToken.objects.exists()
