"""The registers of Articles 3 and 14 as forms: a system, a contract, a single price."""

from __future__ import annotations

from typing import Any

from django import forms

from yunheng.domain.funding.operations import Terms
from yunheng.domain.parties.models import Organisation
from yunheng.domain.systems.models import InformationSystem
from yunheng.domain.systems.operations import MLPS_LEVELS, Particulars
from yunheng.interfaces.web.forms.base import REQUIRED, ActForm, Choice, Day, Text, Yuan
from yunheng.law.ch1_general.art03_scope import ASSET_OWNERS, BUILT_BY, CLASSES, HOSTING, ZONES
from yunheng.law.ch3_funding.art14_contract import PERS, PRORATIONS

YES_NO = (("no", "否"), ("yes", "是"))


class SystemForm(ActForm):
    """What a unit says of one of its systems."""

    name = Text("系统名称", most=80)
    purpose = Text("功能简介", most=300, required=False, rows=2)
    category = Choice("类别", CLASSES, help_text="按 GB/T 40692 分类")
    classified = Choice("涉密", YES_NO, help_text="涉密系统不得使用政务云服务")
    mlps_level = Choice("等保级别", tuple((str(n), zh) for n, zh in MLPS_LEVELS))
    network_zone = Choice("网络区域", ZONES)
    built_by = Choice("建设方式", BUILT_BY)
    asset_owner = Choice("资产归属", ASSET_OWNERS)
    started_on = Day("实施开始", required=False)
    accepted_on = Day("技术验收", required=False)
    operated_from = Day("转入运维", required=False)
    cloud_money = Yuan("实施费用中的云服务费（元）")
    hosting = Choice("部署", HOSTING)
    hosting_ground = Text(
        "不上云的依据或理由", most=200, required=False, help_text="依规定不上云的，写明文件名称和文号"
    )
    hosting_plan = Text("上云计划", most=200, required=False)

    def __init__(self, *args: Any, owner: Organisation | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        below = Organisation.objects.filter(parent=owner) if owner else Organisation.objects.none()
        self.fields["using_unit"] = forms.ModelChoiceField(
            below, required=False, label="使用单位", empty_label="本单位", to_field_name="credit_code",
            error_messages=REQUIRED,
        )  # fmt: skip

    @staticmethod
    def initial_of(system: InformationSystem) -> dict[str, Any]:
        """What the register says now."""
        values = {name: getattr(system, name) for name in SystemForm.base_fields}
        using = system.using_unit.credit_code if system.using_unit else ""
        return {**values, "classified": "yes" if system.classified else "no", "using_unit": using}

    @property
    def particulars(self) -> Particulars:
        """What was filled in, once the form is valid."""
        given = dict(self.cleaned_data)
        return Particulars(
            **{**given, "classified": given["classified"] == "yes", "mlps_level": int(given["mlps_level"])}
        )


class ContractForm(ActForm):
    """What a signed contract says."""

    number = Text("合同编号", most=30)
    name = Text("合同名称", most=100)
    starts_on = Day("服务期自")
    ends_on = Day("服务期至（不含）")
    proration = Choice("折算方式", PRORATIONS, help_text="不满一个计价周期时怎样按天计算")
    charge_suspended = Choice("暂停期间计费", YES_NO)
    amount = Yuan("合同金额（元）")

    def __init__(self, *args: Any, jurisdiction_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        providers = Organisation.objects.filter(jurisdiction_id=jurisdiction_id, kind="provider")
        self.fields["provider"] = forms.ModelChoiceField(
            providers, label="云服务商", empty_label=None, to_field_name="credit_code", error_messages=REQUIRED
        )

    @property
    def terms(self) -> Terms:
        """What was filled in, once the form is valid."""
        given = dict(self.cleaned_data)
        return Terms(**{**given, "charge_suspended": given["charge_suspended"] == "yes"})


class PriceForm(ActForm):
    """One price of a supplement."""

    sku = Text("目录编码", most=40)
    per = Choice("计价", PERS)
    unit_price = Yuan("单价（元）", places=6, required=True)
    valid_from = Day("自", help_text="自这一天起执行；原价格到前一天为止")
