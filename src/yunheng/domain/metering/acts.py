"""What the steps of a case about false data bring about."""

from __future__ import annotations

from yunheng.domain.metering.integrity import confirm, confirm_rectified
from yunheng.domain.metering.models import Integrity
from yunheng.foundation.workflow.acts import Act

Integrity.acts = {"confirm": Act(confirm), "confirm_rectified": Act(confirm_rectified)}
