"""What the provider's inventory says of a service that has exited: asked when the centre closes the case (11)."""

from __future__ import annotations

from datetime import date

from yunheng.domain.services.models import Service


def inventory_shows(service: Service, *, on: date) -> bool | None:
    """Whether the newest inventory taken since the service ended still lists it; None while there is none.

    This is where the reconciliation answers. Until it does, the centre's own finding stands.
    """
    return None
