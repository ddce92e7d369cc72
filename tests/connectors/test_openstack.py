"""OpenStack's answers as rows of an inventory (9.1, 22.2): over a socket of loopback, with openstacksdk as it is.

The suite's own environment does not have openstacksdk; without it this is skipped. The real Nova: see
scripts/openstack_conformance.py.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from yunheng.domain.services.connectors.openstack import OpenStack
from yunheng.domain.services.connectors.openstack_rows import settings
from yunheng.domain.services.connectors.protocol import ConnectorError, Misconfigured, Unknown, Unreachable

pytest.importorskip("openstack", reason="openstacksdk is not installed: pip install 'yunheng[openstack]'")

DOMAIN = {"id": "default", "name": "Default"}
FLAVOR = {"original_name": "m1.medium", "vcpus": 2, "ram": 4096, "disk": 40}


def server(name: str, status: str, **more: Any) -> dict[str, Any]:
    tags = {"yunheng_service": "S-2026-0001", "yunheng_system": "XT-0001"}
    times = {"created": "2026-03-01T16:30:00Z", "updated": "2026-03-01T16:30:00Z"}
    base = {"id": name, "name": f" {name} ", "status": status, "metadata": tags, "flavor": FLAVOR}
    return {**base, **times, "tenant_id": "p", "addresses": {}, **more}


SERVERS = [
    server("s-1", "ACTIVE", addresses={"b": [{"addr": "198.51.100.1"}], "a": [{"addr": "192.0.2.1"}]}),
    server("s-2", "SHUTOFF", metadata={}, flavor={**FLAVOR, "original_name": "odd", "ram": 512}),
    server("s-3", "ERROR"),
    server("s-4", "DELETED"),
]
VOLUMES = [
    {"id": "v-1", "name": "data", "size": 500, "volume_type": "ssd", "status": "in-use", "bootable": "false",
     "metadata": {"yunheng_service": "S-2026-0002"}, "created_at": "2026-03-01T15:30:00.000000",
     "attachments": [{"server_id": "s-1", "device": "/dev/vdb"}]},
    {"id": "v-2", "name": "old", "size": 5, "volume_type": "ssd", "status": "available", "attachments": []},
    {"id": "v-3", "name": "odd", "size": 5, "volume_type": "ssd", "status": "error", "attachments": []},
]  # fmt: skip
ADDRESSES = [{"id": "f-1", "floating_ip_address": "203.0.113.9", "port_id": None, "tags": ["yunheng_system=XT-0001"]}]


class Cloud(BaseHTTPRequestHandler):
    """Keystone, Nova, Cinder and Neutron as far as they are asked; pages of two servers."""

    missing: frozenset[str] = frozenset()
    status = 200

    def log_message(self, *_: Any) -> None:
        pass

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        kinds = {"compute": "compute/v2.1", "block-storage": "volume/v3", "network": "network", "identity": "identity"}
        catalogue = [
            {"type": kind, "name": kind, "id": kind, "endpoints": [self.endpoint(kind, path)]}
            for kind, path in kinds.items()
            if kind not in self.missing
        ]
        token = {
            "methods": ["password"], "user": {"id": "u", "name": "u", "domain": DOMAIN}, "catalog": catalogue,
            "project": {"id": "p", "name": "p", "domain": DOMAIN}, "roles": [],
            "issued_at": "2026-01-01T00:00:00.000000Z", "expires_at": "2099-01-01T00:00:00.000000Z",
        }  # fmt: skip
        self.answer(201, {"token": token})

    def endpoint(self, kind: str, path: str) -> dict[str, str]:
        return {"id": kind, "interface": "public", "region": "r", "region_id": "r", "url": f"{self.base}/{path}"}

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        parts = path.strip("/").split("/")
        if path.rstrip("/") in VERSIONS:
            return self.answer(200, {"version": {**VERSIONS[path.rstrip("/")], "links": self.links(path)}})
        if path.rstrip("/") == "/network":
            return self.answer(
                200, {"versions": [{"id": "v2.0", "status": "CURRENT", "links": self.links("/network/v2.0/")}]}
            )
        if self.status != 200:
            return self.answer(self.status, {})
        if parts[-2:] == ["servers", "detail"]:
            return self.answer(200, self.page(query))
        lists = {"volumes": VOLUMES, "floatingips": ADDRESSES, "flavors": []}
        if parts[-1] in lists or parts[-1] == "detail":
            name = parts[-2] if parts[-1] == "detail" else parts[-1]
            return self.answer(200, {name: [] if "marker=" in query else lists[name]})
        found = {one["id"]: ("server", one) for one in SERVERS} | {one["id"]: ("volume", one) for one in VOLUMES}
        found |= {one["id"]: ("floatingip", one) for one in ADDRESSES}
        kind, one = found.get(parts[-1], ("", {}))
        right = {"server": "servers", "volume": "volumes", "floatingip": "floatingips"}.get(kind) == parts[-2]
        if kind == "" and parts[-2] == "volumes":
            return self.answer(400, {})  # an id that is no UUID
        return self.answer(200, {kind: one}) if right else self.answer(404, {})

    def page(self, query: str) -> dict[str, Any]:
        if "marker=s-4" in query:  # the SDK asks on until a page is empty
            return {"servers": []}
        if "marker=s-2" in query:
            return {"servers": SERVERS[2:]}
        more = f"{self.base}/compute/v2.1/servers/detail?marker=s-2&limit=2"
        return {"servers": SERVERS[:2], "servers_links": [{"rel": "next", "href": more}]}

    def links(self, path: str) -> list[dict[str, str]]:
        return [{"rel": "self", "href": self.base + path}]

    def answer(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        for name, value in (("Content-Type", "application/json"), ("X-Subject-Token", "t")):
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


VERSIONS: dict[str, dict[str, str]] = {
    "/identity/v3": {"id": "v3.14", "status": "stable"},
    "/compute/v2.1": {"id": "v2.1", "status": "CURRENT", "version": "2.95", "min_version": "2.1"},
    "/volume/v3": {"id": "v3.0", "status": "CURRENT", "version": "3.70", "min_version": "3.0"},
}


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Cloud]]:
    """The class whose attributes a test changes; the environment names its address."""
    handler = type("Cloud", (Cloud,), {})
    listening = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True).start()
    words = {"AUTH_URL": f"http://127.0.0.1:{listening.server_port}/identity/v3", "USERNAME": "u", "PASSWORD": "x"}
    words |= {"PROJECT_NAME": "p", "USER_DOMAIN_ID": "default", "PROJECT_DOMAIN_ID": "default", "REGION_NAME": "r"}
    for name, value in words.items():
        monkeypatch.setenv(f"OS_{name}", value)
    yield handler
    listening.shutdown()
    listening.server_close()


CONFIGURATION = {
    "flavors": {"m1.medium": "C-ECS-2C4G"}, "volume_types": {"ssd": "S-DISK-EFF"}, "floating_ip": "N-EIP", "page": 2,
}  # fmt: skip


def test_servers_volumes_and_addresses_become_rows(cloud: type[Cloud]) -> None:
    found = {one.instance_id: one for one in OpenStack(CONFIGURATION).list_inventory()}
    assert list(found) == ["s-1", "s-2", "s-3", "v-1", "v-2", "v-3", "f-1"], (
        "two pages of servers, the deleted one left out"
    )
    first, second = found["s-1"], found["s-2"]
    assert (first.name, first.sku, first.quantity, first.spec) == ("s-1", "C-ECS-2C4G", Decimal(1), "2核4GB")
    assert (first.service, first.system, first.addresses) == ("S-2026-0001", "XT-0001", "192.0.2.1 198.51.100.1")
    assert first.since == date(2026, 3, 2), "half past midnight in Beijing is the next day"
    assert (second.sku, second.spec, second.service) == ("", "2核0.5GB", "")
    assert [found[name].state for name in found] == [
        "running", "stopped", "other", "running", "stopped", "other", "stopped",
    ]  # fmt: skip
    assert [found[name].attached_to for name in found] == ["", "", "", "s-1", "none", "", "none"], (
        "an error says nothing"
    )
    volume, address = found["v-1"], found["f-1"]
    assert (volume.sku, volume.quantity, volume.service) == ("S-DISK-EFF", Decimal(500), "S-2026-0002")
    assert volume.since == date(2026, 3, 1)
    assert (address.sku, address.name, address.system, address.since) == ("N-EIP", "203.0.113.9", "XT-0001", None)


def test_one_is_found_whatever_it_is_and_an_unknown_one_is_refused(cloud: type[Cloud]) -> None:
    connector = OpenStack(CONFIGURATION)
    for row in connector.list_inventory():
        assert connector.get(row.instance_id) == row
    for gone in ("s-4", "nobody"):
        with pytest.raises(Unknown, match="云上没有实例"):
            connector.power_state(gone)


def test_a_missing_service_is_left_out_and_a_failing_one_is_not(cloud: type[Cloud]) -> None:
    """An empty list of a service that is merely down would read as everything released."""
    cloud.missing = frozenset({"block-storage", "network"})
    assert len(OpenStack(CONFIGURATION).list_inventory()) == 3
    with pytest.raises(Misconfigured, match="没有block-storage"):
        OpenStack({**CONFIGURATION, "volumes": True}).list_inventory()
    for status in (500, 403):
        cloud.status = status
        with pytest.raises(ConnectorError, match="OpenStack"):
            OpenStack(CONFIGURATION).list_inventory()


def test_a_cloud_that_is_not_there_is_unreachable(cloud: type[Cloud], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OS_AUTH_URL", "http://127.0.0.1:9/identity/v3")
    with pytest.raises(Unreachable, match="连不上OpenStack"):
        OpenStack({**CONFIGURATION, "timeout": 2}).list_inventory()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"password": "x"}, "不认识“password”。账号与口令不写在这里"),
        ({"page": 0, "timeout": "30"}, "page须为大于0的整数；timeout须为大于0的整数"),
        ({"flavors": {"a": 1}}, "flavors须为名称到目录编码的对照表"),
        ({"timezone": "Asia/Nowhere"}, "没有时区"),
        ({"volumes": "yes"}, "volumes须为true、false或auto"),
    ],
)
def test_what_is_wrong_with_a_configuration_is_said_at_once(given: dict[str, Any], said: str) -> None:
    with pytest.raises(Misconfigured, match=said):
        settings(given)
