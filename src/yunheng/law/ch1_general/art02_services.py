"""Article 2: what a government cloud service is; the five groups of the catalogue and what is measured of each (10.2)."""

CATEGORIES = (
    ("compute", "计算"),
    ("storage", "存储"),
    ("database", "数据库"),
    ("network", "网络"),
    ("support", "配套"),
)
BY_CATEGORY = {"compute": "machine", "database": "machine", "storage": "store", "network": "line"}
BY_PRODUCT = {"DISK": "disk"}  # as the article names it: the one kind of storage that is attached to a machine
BANDWIDTH = {"Mbps": 125_000, "Gbps": 125_000_000}  # unit of measure → bytes per second
CAPACITY = ("GB", "GiB", "TB", "TiB")  # sold by capacity: what is in it can be measured, no machine can
PARTS = ("核", *CAPACITY)  # of machines that are bought by their cores and memory: the ledger has no sizes of them


def measured_as(category: str, product: str, unit: str) -> str:
    """How an item of the catalogue is watched: machine, disk, store, line (address, balancer), bandwidth; "": not at all.

    Read off the class, the product and the unit of measure that the catalogue gives it. Support (licences, people,
    protection) has nothing that could stand idle unseen.
    """
    if category == "network" and unit in BANDWIDTH:
        return "bandwidth"
    if category == "database" and unit in CAPACITY:
        return "store"
    return BY_PRODUCT.get(product) or BY_CATEGORY.get(category, "")
