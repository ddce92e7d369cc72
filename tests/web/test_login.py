"""Five wrong passwords lock the account, also for the right one."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.cast import Cast

pytestmark = pytest.mark.django_db


def attempt(client: Client, password: str) -> int:
    return client.post("/login/", {"username": "chen", "password": password}).status_code


def test_the_right_password_opens_the_desk(cast: Cast) -> None:
    client = Client()
    assert attempt(client, "Yunheng-2026") == 302
    assert client.get("/").status_code == 200


def test_after_five_wrong_ones_the_right_password_waits_too(cast: Cast) -> None:
    client = Client()
    answers = [attempt(client, "wrong") for _ in range(5)]
    assert answers[:4] == [200] * 4
    assert answers[4] == 429
    assert attempt(client, "Yunheng-2026") == 429
    assert client.get("/").status_code == 302


def test_four_wrong_ones_lock_nothing(cast: Cast) -> None:
    client = Client()
    assert [attempt(client, "wrong") for _ in range(4)] == [200] * 4
    assert attempt(client, "Yunheng-2026") == 302
