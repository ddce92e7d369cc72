"""OpenStack Nova on a port of loopback: real API, scheduler, conductor, two computes and placement in one process.

openstack_conformance.py starts it inside its own environment; it is the fixture of Nova's own functional tests with
a socket in front. What is not real: the hypervisor (Nova's fake driver), Neutron, Glance and Cinder (Nova's fixtures),
and identity, which is the hand-written answer below and lets everybody in.
"""

# ruff: noqa: I001
from __future__ import annotations

import nova.monkey_patch  # noqa: F401  (first of all, as Nova's own programs do)

import json
import sys
import unittest
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from nova.tests.functional import integrated_helpers

IMAGE, NETWORK = "155d900f-4e14-4e4c-a73d-069cbf4541e6", "3cb9bc59-5699-4588-a4b1-b87f96708bc6"
REGION = "RegionOne"
# What is there before the checks: three on pages of two.
SERVERS = (
    ("front", "2", {"yunheng_service": "S-2026-0001", "yunheng_system": "XT-0001"}),
    ("back", "3", {"yunheng_service": "S-2026-0002", "yunheng_system": "XT-0001"}),
    ("nobody-knows", "1", {}),
)


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


class Serve(integrated_helpers._IntegratedTestBase):
    """Not a test: its set-up is the cloud, its run serves until it is ended."""

    ADMIN_API = True
    CAST_AS_CALL = False  # what takes time is seen to take time
    microversion = "latest"

    def setUp(self) -> None:
        super().setUp()
        self._start_compute("another")  # Nova resizes to another host

    def runTest(self) -> None:  # noqa: N802  (unittest's own name)
        for name, flavor, metadata in SERVERS:
            words = self._build_server(name=name, image_uuid=IMAGE, flavor_id=flavor, networks=[{"uuid": NETWORK}])
            made = self.api.post_server({"server": {**words, "metadata": metadata}})
            self._wait_for_state_change(made, "ACTIVE", max_retries=100)
        self._stop_server(made)
        self.app = self.api_fixture.app()
        with make_server("127.0.0.1", 0, self.dispatch, handler_class=Quiet) as server:
            print(server.server_port, file=sys.__stdout__, flush=True)
            server.serve_forever()

    def dispatch(self, environ: dict[str, Any], start: Any) -> Any:
        path, base = environ["PATH_INFO"], f"http://127.0.0.1:{environ['SERVER_PORT']}"
        if path.startswith("/compute"):
            environ |= {"SCRIPT_NAME": "/compute", "PATH_INFO": path.removeprefix("/compute")}
            # What the middleware of Keystone would have put there.
            environ |= {"HTTP_X_AUTH_USER": "admin", "HTTP_X_ROLES": "reader,member,admin"}
            environ["HTTP_X_AUTH_PROJECT_ID"] = self.api_fixture.project_id
            return self.app(environ, start)
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        if path == "/identity/v3/auth/tokens":
            return answer(start, "201 Created", {"token": self.token(base)}, ("X-Subject-Token", "token"))
        if path.rstrip("/") == "/identity/v3":
            link = [{"rel": "self", "href": f"{base}/identity/v3/"}]
            return answer(start, "200 OK", {"version": {"id": "v3.14", "status": "stable", "links": link}})
        return answer(start, "404 Not Found", {})

    def token(self, base: str) -> dict[str, Any]:
        domain = {"id": "default", "name": "Default"}
        services = {"compute": f"{base}/compute/v2.1", "identity": f"{base}/identity/v3"}
        return {
            "methods": ["password"],
            "issued_at": "2026-01-01T00:00:00.000000Z",
            "expires_at": "2099-01-01T00:00:00.000000Z",
            "user": {"id": "user", "name": "user", "domain": domain},
            "project": {"id": self.api_fixture.project_id, "name": "project", "domain": domain},
            "roles": [{"id": "admin", "name": "admin"}],
            "catalog": [
                {"id": kind, "type": kind, "name": kind, "endpoints": [endpoint(kind, url)]}
                for kind, url in services.items()
            ],
        }


def endpoint(kind: str, url: str) -> dict[str, str]:
    return {"id": kind, "interface": "public", "region": REGION, "region_id": REGION, "url": url}


def answer(start: Any, status: str, body: dict[str, Any], *headers: tuple[str, str]) -> list[bytes]:
    content = json.dumps(body).encode()
    start(status, [("Content-Type", "application/json"), ("Content-Length", str(len(content))), *headers])
    return [content]


if __name__ == "__main__":
    outcome = unittest.TextTestRunner(stream=sys.stderr).run(Serve())
    raise SystemExit(not outcome.wasSuccessful())
