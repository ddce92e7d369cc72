"""Article 14: what a contract says about prices: how they are counted, prorated, and who pays."""

LANES = (("covered", "市级统筹"), ("own", "用户单位自付"))
PERS = (("month", "每月"), ("year", "每年"), ("day", "每日"), ("use", "按用量"), ("once", "一次性"))
PRORATIONS = (
    ("annual_actual", "按年实际天数"),
    ("annual_365", "按年 365 天"),
    ("month_30", "按月 30 天"),
    ("calendar_month", "按当月天数"),
)
PAYERS = (("fund", "市级统筹"), ("unit", "用户单位自付"))
