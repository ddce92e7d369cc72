"""Real senders against a real server that is killed again and again: nothing is lost, nothing is there twice.

    .venv/bin/python scripts/metering_trial.py --agent BIN --prometheus BIN --node-exporter BIN [--seconds 180] [--port 8123]
        [--pictures FOLDER]

Makes a small demonstration city in a folder of its own, enrols two instances, lets yunheng-agent and Prometheus with
node_exporter send, kills the server with -9 every half minute, and compares each sample with Prometheus's own store.
Then Chromium looks, as the bureau, at what the pages show of both; the pictures stay in FOLDER.
Run by hand: it takes minutes and needs Debian's packages.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from datetime import UTC
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
NAMES = {
    "node_cpu_seconds_total": "cpu.seconds", "node_memory_MemTotal_bytes": "memory.total",
    "node_memory_MemAvailable_bytes": "memory.available", "up": "up",
}  # fmt: skip
KILL_EACH, DOWN, EACH = 30, 4, 5  # seconds: between kills, away, between samples
CONFIG = """
global: {{scrape_interval: {each}s}}
scrape_configs:
  - job_name: node
    static_configs: [{{targets: ["127.0.0.1:{node}"]}}]
remote_write:
  - url: http://127.0.0.1:{port}/api/v1/write
    authorization: {{type: Bearer, credentials: {token}}}
"""


class Programs:
    """What was started here, each in a group of its own, and ended at the end."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder, self.environment = folder, environment
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, *command: str, **more: str) -> None:
        log = (self.folder / f"{name}.log").open("ab")
        self.running[name] = subprocess.Popen(
            command, stdout=log, stderr=log, cwd=ROOT, env={**self.environment, **more}, start_new_session=True
        )

    def end(self, name: str, how: signal.Signals = signal.SIGTERM) -> None:
        process = self.running.pop(name)
        os.killpg(process.pid, how)
        process.wait(timeout=30)


def serve(programs: Programs, port: int) -> None:
    """Start the server and wait until it answers."""
    python = str(Path(sys.executable))
    programs.start("server", python, "-m", "gunicorn", "yunheng.config.wsgi:application", "--bind", f"127.0.0.1:{port}",
                   "--workers", "2", "--threads", "4", "--worker-class", "gthread")  # fmt: skip
    for _ in range(200):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/metrics").close()
        except urllib.error.HTTPError:  # 405: it is there
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"the server does not answer\n{(programs.folder / 'server.log').read_text()[-2000:]}")


def enrol(count: int) -> list[tuple[str, str]]:
    """Resource and token of an instance of each of some services that run now."""
    from django.utils import timezone

    from yunheng.domain.metering.operations import enrol as enrol_one
    from yunheng.domain.parties.models import Person
    from yunheng.domain.parties.queries import actor_for
    from yunheng.domain.services.models import Service
    from yunheng.domain.services.release.facts import instances_of

    now = timezone.now()
    found = []
    for service in Service.objects.filter(closed_on=None, opened_on__lte=now).order_by("pk")[:count]:
        people = Person.objects.filter(organisation=service.contract.provider, grants__role="delivery")
        instance = (instances_of(service) or ["trial"])[0]
        actor = actor_for(person=people[0], at=now)
        sender, token = enrol_one(service=service.number, instance=instance, actor=actor, at=now)
        found.append((sender.resource, token))
    return found


def held_by_prometheus(port: int, name: str) -> set[tuple[str, str, int, float]]:
    """Its own samples of every series of a name: CPU, mode, ms, value."""
    query = urllib.parse.urlencode({"query": f"{name}[1h]"})
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/query?{query}") as answer:
        found: Any = json.load(answer)["data"]["result"]
    return {
        (one["metric"].get("cpu", ""), one["metric"].get("mode", ""), round(at * 1000), float(value))
        for one in found
        for at, value in one["values"]
    }


def held_by_us(resource: str, metric: str) -> list[tuple[str, int, float]]:
    """What the store holds, row by row."""
    import duckdb
    from django.utils import timezone

    from yunheng.domain.metering.operations import compact_all, store

    compact_all(at=timezone.now())
    files = [str(path) for path in (store().root / "raw").glob("day=*/*.parquet")]
    rows = duckdb.read_parquet(files).filter(f"resource = '{resource}' AND metric = '{metric}'")
    return rows.aggregate("part, ms, max(value)").fetchall()


def rolled_up(resource: str, metric: str) -> int:
    """How many samples the days count."""
    import duckdb

    from yunheng.domain.metering.operations import store

    with duckdb.connect() as connection:
        rows = store().daily(connection).filter(f"resource = '{resource}' AND metric = '{metric}'").fetchall()
    return sum(row[-1] for row in rows)


def held_today(resource: str, metric: str) -> int:
    """How many samples the hours of today count, the demonstration's own included."""
    import duckdb
    from django.utils import timezone

    from yunheng.domain.metering.operations import store

    first = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
    asked = f"resource = '{resource}' AND metric = '{metric}' AND hour >= TIMESTAMP '{first:%Y-%m-%d %H:%M:%S}'"
    with duckdb.connect() as connection:
        return sum(row[-1] for row in store().hourly(connection).filter(asked).fetchall())


def compare(resource: str, prometheus: int, until: int) -> int:
    """Each name's samples up to a moment (ms), here and there; returns how many are missing or too many."""
    wrong = 0
    for name, metric in NAMES.items():
        theirs, ours = held_by_prometheus(prometheus, name), held_by_us(resource, metric)
        cpu = metric == "cpu.seconds"
        parts = {(f"{one}/{mode}" if cpu else "", at, value) for one, mode, at, value in theirs if at <= until}
        mine = [(part if cpu else "", at, value) for part, at, value in ours if at <= until]
        lost, more = len(parts - set(mine)), len(mine) - len(parts & set(mine))
        print(f"{name:<34} Prometheus {len(parts):>6}  here {len(ours):>6}  lost {lost}  doubled or foreign {more}")
        wrong += lost + more
    ups, counted = len(held_by_us(resource, "up")), rolled_up(resource, "up")
    print(f"the roll-up counts {counted} of {ups} samples of up")
    return wrong + abs(ups - counted)


def steady(resource: str) -> int:
    """The agent's own moments; returns how many intervals are missing."""
    moments = sorted(at for _, at, _ in held_by_us(resource, "memory.total"))
    gaps = [round((after - before) / 1000 / EACH) for before, after in itertools.pairwise(moments)]
    missing = sum(gap - 1 for gap in gaps if gap > 1)
    print(f"yunheng-agent: {len(moments)} deliveries, {missing} missing, {len(moments) - len(set(moments))} doubled")
    return missing


def shown(port: int, resources: list[str], pictures: Path | None) -> int:
    """What the pages show in Chromium; returns how many instances they do not show, or show with another count."""
    from django.utils import timezone
    from playwright.sync_api import sync_playwright

    from yunheng.demo.people import PASSWORD
    from yunheng.domain.metering.models import Sender

    senders = [one for one in Sender.objects.select_related("service__jurisdiction") if one.resource in resources]
    wrong, at = len(resources) - len(senders), f"http://127.0.0.1:{port}"
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1366, "height": 768}, locale="zh-CN", timezone_id="Asia/Shanghai")
        page.goto(f"{at}/login/")
        page.fill("#id_username", "shenpi")
        page.fill("#id_password", PASSWORD)
        page.get_by_role("button", name="登录", exact=True).click()
        page.wait_for_url(f"{at}/")
        for number, sender in enumerate(senders):
            page.goto(f"{at}/metering?q={sender.service.number}")
            row = page.get_by_role("row").filter(has_text=sender.instance).first.inner_text()
            page.goto(
                f"{at}/services/{sender.service.number}/usage?instance={sender.instance}&metric=memory.used"
                f"&since={timezone.localdate()}&until={timezone.localdate()}"
            )
            counts = page.locator("td[data-label=采样数]").all_inner_texts()
            seen, held = sum(int(text.replace(",", "")) for text in counts), held_today(sender.resource, "memory.used")
            print(f"pages: {' '.join(row.split())}; samples of memory today: shown {seen}, held {held}")
            wrong += not (sender.host in row and "正常" in row and seen == held > 0)
            if pictures:
                page.screenshot(path=pictures / f"{number}-usage.png", full_page=True)
                page.goto(f"{at}/metering?q={sender.service.number}")
                page.screenshot(path=pictures / f"{number}-metering.png", full_page=True)
        browser.close()
    return wrong


def trial(asked: argparse.Namespace, folder: Path, programs: Programs) -> int:
    python, port = str(Path(sys.executable)), asked.port
    for command in (["migrate"], ["demo", "--systems", "12"], ["collectstatic", "--noinput"]):
        subprocess.run([python, "-m", "yunheng", "manage", *command], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    import django

    django.setup()
    (first, token), (second, other) = enrol(2)
    (folder / "token").write_text(token)
    (folder / "p.yml").write_text(CONFIG.format(each=EACH, node=port + 1, port=port, token=other))
    serve(programs, port)
    programs.start("node", asked.node_exporter, f"--web.listen-address=127.0.0.1:{port + 1}")
    programs.start("prometheus", asked.prometheus, f"--config.file={folder}/p.yml", f"--storage.tsdb.path={folder}/tsdb",
                   f"--web.listen-address=127.0.0.1:{port + 2}")  # fmt: skip
    programs.start("agent", asked.agent, "run", YUNHENG_ENDPOINT=f"http://127.0.0.1:{port}",
                   YUNHENG_TOKEN_FILE=f"{folder}/token", YUNHENG_INTERVAL=f"{EACH}", YUNHENG_STATE=f"{folder}/agent")  # fmt: skip
    until, kills = time.monotonic() + asked.seconds, 0
    while time.monotonic() < until - KILL_EACH:
        time.sleep(KILL_EACH)
        programs.end("server", signal.SIGKILL)
        kills += 1
        time.sleep(DOWN)
        serve(programs, port)
    time.sleep(KILL_EACH)
    programs.end("node")  # then what waits is delivered
    ended = int(time.time() * 1000)
    time.sleep(20)
    print(f"server killed {kills} times")
    wrong = compare(second, port + 2, ended) + shown(port, [first, second], asked.pictures)
    programs.end("agent")
    wrong += steady(first)
    from yunheng.domain.metering.models import Sender

    for sender in Sender.objects.exclude(heard_at=None):
        print(sender.resource, sender.version, sender.stopping_reason or "no goodbye")
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser()
    for name in ("agent", "prometheus", "node-exporter"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--seconds", type=int, default=180)
    parser.add_argument("--port", type=int, default=8123)
    parser.add_argument("--pictures", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ours = {"YUNHENG_DEMO": "1", "YUNHENG_HOME": f"{folder}/home", "PYTHONPATH": f"{ROOT / 'src'}",
                "DJANGO_SETTINGS_MODULE": "yunheng.config.settings"}  # fmt: skip
        os.environ |= ours
        sys.path.insert(0, str(ROOT / "src"))
        programs = Programs(folder, dict(os.environ))
        try:
            return int(trial(asked, folder, programs) > 0)
        finally:
            for name in list(programs.running):
                programs.end(name)


if __name__ == "__main__":
    raise SystemExit(main())
