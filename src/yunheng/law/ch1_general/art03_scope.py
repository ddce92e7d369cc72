"""第三条: which systems the measures apply to, in the vocabulary of the register (GB/T 40692)."""

CLASSES = (
    ("information", "信息资源类"),
    ("business", "业务应用类"),
    ("office", "内部办公类"),
    ("website", "公共服务网站类"),
    ("platform", "基础设施平台类"),
    ("support", "应用支撑类"),
    ("none", "不属于政务信息系统"),
)
BUILT_BY = (("self", "自建"), ("purchased", "购买服务"))
ASSET_OWNERS = (("unit", "用户单位"), ("supplier", "承建或服务商"), ("other", "其他"))
ZONES = (("internet", "互联网区"), ("extranet", "政务外网区"), ("private", "专网区"))
PHASES = (("implementation", "实施期"), ("accepted", "技术验收"), ("operation", "运维期"))
HOSTING = (("cloud", "政务云"), ("law", "依规定不上云"), ("plan", "暂不上云"))
