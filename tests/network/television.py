"""Listed services for the tests of the network."""

from yiwang.dvbi.common import Text
from yiwang.dvbi.service_instance import DVBCDeliveryParameters, DVBTriplet, ServiceInstance
from yiwang.dvbi.service_list import Service
from yiwang.network.model import ListedService


def listed(id_, *names, region="", number=None, uid="", triplet=None, quality="", national=False, guide=None, lang=""):
    """A service by its id ``source/key`` and its names."""
    source, _, key = id_.partition("/")
    instances = ()
    if triplet:
        onid, tsid, sid = triplet
        delivery = DVBCDeliveryParameters(triplet=DVBTriplet(orig_net_id=onid, ts_id=tsid, service_id=sid))
        instances = (ServiceInstance(dvbc=delivery),)
    service = Service(
        unique_identifier=uid,
        service_names=tuple(Text(value=name, lang=lang) for name in names),
        service_instances=instances,
    )
    return ListedService(
        source=source,
        key=key,
        region=region,
        service=service,
        number=number,
        quality=quality,
        national=national,
        guide=guide,
    )


def services_of(found):
    """The ids of the members of each group of a `Matched`, or of each service of a network, as sets."""
    groups = found.groups if hasattr(found, "groups") else found.services.values()
    return {frozenset(member.id for member in group.members) for group in groups}
