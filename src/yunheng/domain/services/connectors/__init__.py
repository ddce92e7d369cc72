"""Connectors to the clouds of providers: read what runs there, and by permission open, change and release.

protocol     the words and the Connector protocol; any vendor implements it
loading      ``load`` finds a connector by its entry point (group ``yunheng.connectors``) and keeps it to its permission
conformance  the checks that a connector must pass
memory       a cloud in memory, for demonstration and for trying the checks
openstack    OpenStack, through openstacksdk (extra ``openstack``)
"""

from yunheng.domain.services.connectors.loading import Guarded, available, load
from yunheng.domain.services.connectors.protocol import Connector, Instance, Operation, Order, Usage

__all__ = ["Connector", "Guarded", "Instance", "Operation", "Order", "Usage", "available", "load"]
