"""A channel of this node as a service that is listed: where its players find it, and what its stream calls it."""

from collections.abc import Iterable

from yiwang.dvbi.common import Text
from yiwang.dvbi.service_instance import (
    DVBTriplet,
    IPMulticastAddress,
    MulticastTSDeliveryParameters,
    ServiceInstance,
    dash_delivery,
    hls_delivery,
    transport_stream_delivery,
)
from yiwang.dvbi.service_list import Service
from yiwang.network.model import HERE, ListedService, Quality

UHD_HEIGHT, HD_HEIGHT = 1440, 720


def own_service(
    source: str,
    key: str,
    *,
    names: Iterable[Text],
    provider: str,
    domain: str,
    region: str = "",
    number: int | None = None,
    height: int = 0,
    triplet: tuple[int, int, int] | None = None,
    group: tuple[str, int] | None = None,
) -> ListedService:
    """Return a channel as it is listed.

    Parameters
    ----------
    domain : str       what its identifier is made of (RFC 4151)
    height : int       of its picture; 0: not known
    triplet : tuple    original_network_id, transport_stream_id, service_id, where its stream tells them
    group : tuple      address and port of the multicast that its source's packets are sent to
    """
    dvb = DVBTriplet(orig_net_id=triplet[0], ts_id=triplet[1], service_id=triplet[2]) if triplet else None
    instances = [
        ServiceInstance(id=f"{key}-dash", dash=dash_delivery(f"{HERE}/live/{key}/manifest.mpd")),
        ServiceInstance(id=f"{key}-hls", priority=1, other=hls_delivery(f"{HERE}/live/{key}/index.m3u8")),
    ]
    if group is not None:
        address = IPMulticastAddress(address=group[0], port=group[1], streaming="udp")
        delivery = MulticastTSDeliveryParameters(triplet=dvb, ip_multicast_address=address)
        instances.append(ServiceInstance(id=f"{key}-ts", priority=2, multicast_ts=delivery))
    stream = f"{HERE}/live/{key}/stream.ts"
    instances.append(
        ServiceInstance(id=f"{key}-stream", priority=3, identifier_based=transport_stream_delivery(stream))
    )
    # after CMAF, which players can do more with: for receivers and nodes that take HLS with MPEG-TS alone
    instances.append(ServiceInstance(id=f"{key}-hls-ts", priority=4, other=hls_delivery(f"{HERE}/live/{key}/ts.m3u8")))
    service = Service(
        unique_identifier=f"tag:{domain},2026:{key}",
        service_names=tuple(names),
        provider_names=(Text(value=provider),) if provider else (),
        service_instances=tuple(instances),
    )
    return ListedService(
        source=source, key=key, region=region, service=service, number=number, quality=_quality(height),
        guide=(source, key),
    )  # fmt: skip


def _quality(height: int) -> Quality:
    if not height:
        return ""
    return "uhd" if height >= UHD_HEIGHT else "hd" if height >= HD_HEIGHT else "sd"
