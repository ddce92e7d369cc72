"""What the provider's inventory says of a service that has exited: asked when the centre closes the case (11)."""

from __future__ import annotations

from datetime import date

from yunheng.domain.services.models import Discrepancy, InventoryRun, Service


def inventory_shows(service: Service, *, on: date) -> bool | None:
    """Whether the newest inventory since the service ended still lists it; None while there is none.

    Without an inventory the centre's own finding stands.
    """
    if service.closed_on is None:
        return None
    runs = InventoryRun.objects.filter(
        provider=service.contract.provider_id, as_of__gte=service.closed_on, as_of__lte=on
    )
    newest = runs.order_by("-as_of", "-pk").first()
    if newest is None:
        return None
    return Discrepancy.objects.filter(service=service, difference="released", seen_in=newest).exists()
