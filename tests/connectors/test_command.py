"""`yunheng connector`: found by entry point, read-only unless told, status 0, 1 or 2."""

from __future__ import annotations

import csv
from pathlib import Path

import openpyxl
import pytest

from tests.connectors.conftest import distribution
from yunheng.domain.services.connectors import load
from yunheng.domain.services.connectors.protocol import Misconfigured, Order, ReadOnly
from yunheng.interfaces.cli import connectors
from yunheng.interfaces.cli.main import main

HEAD = [
    "实例编号",
    "名称",
    "目录编码",
    "数量",
    "规格",
    "状态",
    "服务编号",
    "系统编码",
    "自",
    "地址",
    "挂载到",
    "后端数",
]


@pytest.fixture(autouse=True)
def _found(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connectors, "BETWEEN", 0.0001)


def configuration(folder: Path, text: str) -> str:
    file = folder / "connector.toml"
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_a_vendors_connector_is_found_by_its_entry_point(installed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    distribution(installed, "vendor", {"vendor-cloud": "yunheng.domain.services.connectors.memory:Memory"})
    assert main(["connector", "list"]) == 0
    assert {line.split()[0] for line in capsys.readouterr().out.splitlines()} >= {"memory", "openstack", "vendor-cloud"}
    vendor = load("vendor-cloud")
    assert len(vendor.list_inventory()) == 4
    with pytest.raises(ReadOnly):
        vendor.provision(Order("W-1", sku="DEMO-DISK"))


def test_two_of_one_name_and_one_that_is_broken_are_refused(installed: Path) -> None:
    distribution(
        installed, "one", {"same": "yunheng.domain.services.connectors.memory:Memory", "gone": "no.such:Thing"}
    )
    distribution(installed, "two", {"same": "yunheng.domain.services.connectors.memory:Other"})
    with pytest.raises(Misconfigured, match=r"“same”有多个.*卸载其一"):
        load("same")
    with pytest.raises(Misconfigured, match=r"“gone”不能装入"):
        load("gone")


def test_the_check_says_each_result_in_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["connector", "check", "memory"]) == 0
    told = capsys.readouterr().out
    assert "通过  标识唯一" in told
    assert "通过13项，未通过0项，未检查0项" in told
    assert "加--write再检查" in told
    assert main(["connector", "check", "memory", "--write"]) == 0
    assert "通过20项，未通过0项，未检查0项" in capsys.readouterr().out


def test_the_check_ends_with_1_for_a_fault(installed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    distribution(installed, "faulty", {"faulty": "tests.connectors.test_conformance:Obeys"})
    assert main(["connector", "check", "faulty"]) == 1
    assert "未通过  只读时拒绝开通、变更、释放：只读时开通：应为ReadOnly" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["check", "nobody"], "没有名为“nobody”的连接器"),
        (["check", "memory", "--config", "absent.toml"], "读不了配置absent.toml"),
        (["inventory", "memory", "--out", "a.pdf"], "不能写成“.pdf”"),
        (["inventory", "memory", "--out", "absent/a.csv"], "没有文件夹absent"),
    ],
)
def test_what_cannot_be_run_ends_with_2_and_a_sentence(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["connector", *words]) == 2
    assert said in capsys.readouterr().err


def test_a_configuration_that_forbids_writes_wins(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    forbids = configuration(tmp_path, "write = false\n")
    assert main(["connector", "check", "memory", "--config", forbids, "--write"]) == 2
    assert main(["connector", "check", "memory", "--config", configuration(tmp_path, "polls = 0")]) == 2
    assert main(["connector", "check", "memory", "--config", configuration(tmp_path, "polls = ")]) == 2
    told = capsys.readouterr().err
    assert "write = false" in told
    assert "polls须为1以上的整数" in told
    assert "不是TOML" in told


def test_the_inventory_is_written_as_reconciliation_reads_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["connector", "inventory", "memory"]) == 0
    shown = list(csv.reader(capsys.readouterr().out.splitlines()))
    assert shown[0] == HEAD
    assert shown[2] == [
        "demo-0002", "业务前置二", "DEMO-ECS-2C4G", "1", "2核4GB", "停止", "S-2026-0001", "XT-0001", "2026-01-05",
        "192.0.2.12 198.51.100.12", "", "",
    ]  # fmt: skip
    assert [row[3] for row in shown[1:]] == ["1", "1", "1", "500"]
    for name in ("a.csv", "a.xlsx"):
        assert main(["connector", "inventory", "memory", "--out", str(tmp_path / name)]) == 0
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file)) == shown
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    assert sheet is not None
    assert [[cell or "" for cell in row] for row in sheet.iter_rows(values_only=True)] == shown
