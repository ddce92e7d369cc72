"""Article 19, second paragraph: the unit signs an undertaking on the security of its systems on the cloud.

The text names no day. It is asked for before the first opening, since nothing of the unit runs on the cloud earlier.
"""

from __future__ import annotations

from yunheng.law.kernel.citation import Force, art
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.verdict import Finding, rule


@rule(art(19, 2), Force.MUST)
def undertaking_signed(facts: bool, p: Parameters) -> Finding:
    """The unit's security undertaking lies before its first opening."""
    if facts:
        return Finding("ok", "上云安全承诺书已签署")
    return Finding("fail", "用户单位还没有签署上云安全承诺书，签署后通知开通")
