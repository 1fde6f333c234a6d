"""Services' logos: where they are, and what a logo may be."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace

from yiwang.dvbi.common import LOGO_OF_SERVICE, of_today, related
from yiwang.dvbi.service_list import Service
from yiwang.network.model import NetworkService, OneNetwork

SVG = "image/svg+xml"
_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
_SVG = re.compile(rb"\s*(<\?xml[^>]{0,200}\?>\s*)?(<!--.{0,2000}?-->\s*)*<svg[\s>]", re.S)
_ACTIVE = re.compile(
    rb"<!doctype|<!entity|<\s*(?:\w+:)?(?:script|foreignobject|iframe)|[\s\"']on\w+\s*=|javascript\s*:", re.I
)


def logo_of(service: NetworkService) -> str:
    """Return the address of a service's logo, of its best member that has one; empty: none."""
    return next((uri for member in service.members if (uri := logo_of_record(member.service))), "")


def logo_of_record(service: Service) -> str:
    """Return the address of a logo in a record; empty: none."""
    for material in map(of_today, service.related_materials):
        if material.how_related is not None and material.how_related.href == LOGO_OF_SERVICE:
            for locator in material.media_locators:
                if locator.media_uri is not None and locator.media_uri.value:
                    return locator.media_uri.value
    return ""


def with_logos(network: OneNetwork, icons: Mapping[str, str]) -> OneNetwork:
    """Return the network with logos where the best member of a service has none: another member's, else a guide's.

    Parameters
    ----------
    icons : of services by id, as guides tell them
    """
    services = dict(network.services)
    for id_, service in network.services.items():
        best = service.members[0]
        uri = "" if logo_of_record(best.service) else logo_of(service) or icons.get(id_, "")
        if uri:
            materials = (*best.service.related_materials, related(LOGO_OF_SERVICE, uri, content_type_of_uri(uri)))
            first = replace(best, service=replace(best.service, related_materials=materials))
            services[id_] = replace(service, members=(first, *service.members[1:]))
    return replace(network, services=services)


def content_type_of_uri(uri: str) -> str:
    """Return the content type that an image's address tells by its ending; PNG where it tells none."""
    ending = uri.partition("?")[0].rpartition(".")[2].lower()
    known = {"jpg": "image/jpeg", "jpeg": "image/jpeg", "svg": SVG, "webp": "image/webp", "gif": "image/gif"}
    return known.get(ending, "image/png")


def logo_key(uri: str) -> str:
    """Return the name under which a node serves a logo: the same for the same address."""
    return hashlib.sha256(uri.encode()).hexdigest()[:24]


def image_type(octets: bytes) -> str:
    """Return the content type that octets are, by what they begin with; empty: no picture that is served.

    A drawing (SVG) with anything that could run or be fetched (scripts, handlers, entities, foreign objects) is none.
    """
    for signature, content_type in _SIGNATURES:
        if octets.startswith(signature):
            return content_type
    if octets[:4] == b"RIFF" and octets[8:12] == b"WEBP":
        return "image/webp"
    if _SVG.match(octets.removeprefix(b"\xef\xbb\xbf")) and not _ACTIVE.search(octets):
        return SVG
    return ""
