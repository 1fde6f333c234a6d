"""Records that lists, registries and guides have in common (TS 103 770 5.2; TV-Anytime TS 102 822-3-1)."""

import re
from dataclasses import dataclass, replace

from yiwang.dvbi.binding import Record, attribute, child, children, content, required
from yiwang.dvbi.node import Node

LOGO_OF_SERVICE_LIST = "urn:dvb:metadata:cs:HowRelatedCS:2021:1001.1"
LOGO_OF_SERVICE = "urn:dvb:metadata:cs:HowRelatedCS:2021:1001.2"
LOGO_OF_CONTENT_GUIDE_SOURCE = "urn:dvb:metadata:cs:HowRelatedCS:2021:1002.1"
PROMOTIONAL_STILL = "urn:tva:metadata:cs:HowRelatedCS:2012:19"
APPLICATION_IN_PARALLEL = "urn:dvb:metadata:cs:LinkedApplicationCS:2019:1.1"
APPLICATION_IN_CONTROL = "urn:dvb:metadata:cs:LinkedApplicationCS:2019:1.2"
XML_AIT = "application/vnd.dvb.ait+xml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Text(Record):
    """mpeg7:TextualType; also a Title, whose ``type`` is main where not said, and a Synopsis or Keyword."""

    value: str = content()
    type: str = attribute("type")
    length: str = attribute("length")  # of a Synopsis: short, medium, long


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlledTerm(Record):
    """A term of a classification scheme: ``type`` of a Genre is main, secondary or other."""

    href: str = required("href")
    type: str = attribute("type")
    names: tuple[Text, ...] = children("tva:Name", Text)


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaUri(Record):
    """A URI with its content type, as text."""

    value: str = content()
    content_type: str = attribute("contentType")


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaLocator(Record):
    """tva:TVAMediaLocatorType."""

    media_uri: MediaUri | None = child("tva:MediaUri", MediaUri)
    auxiliary_uris: tuple[MediaUri, ...] = children("tva:AuxiliaryURI", MediaUri)


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedMaterial(Record):
    """A logo, a linked application, a still: which, is in ``how_related``."""

    how_related: ControlledTerm | None = child("tva:HowRelated", ControlledTerm)
    format: Node | None = child("tva:Format", "node")
    media_locators: tuple[MediaLocator, ...] = children("tva:MediaLocator", MediaLocator)
    promotional_texts: tuple[Text, ...] = children("tva:PromotionalText", Text)


_HOW_RELATED = re.compile(r"(urn:dvb:metadata:cs:HowRelatedCS:)(?:2019|2020)(?=:)")


def of_today(material: RelatedMaterial) -> RelatedMaterial:
    """Return what is related as lists of A177r3 and later say it: until then the same terms had other years."""
    if material.how_related is None:
        return material
    href = _HOW_RELATED.sub(r"\g<1>2021", material.how_related.href)
    return replace(material, how_related=replace(material.how_related, href=href))


def related(how_related: str, uri: str, content_type: str) -> RelatedMaterial:
    """Return the RelatedMaterial of one URI."""
    locator = MediaLocator(media_uri=MediaUri(value=uri, content_type=content_type))
    return RelatedMaterial(how_related=ControlledTerm(href=how_related), media_locators=(locator,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Uri(Record):
    """types:uriWithVerificationPolicy."""

    value: str = content()
    verification_policy: str = attribute("verificationPolicy")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendedURI(Record):
    """types:ExtendedURIType, an endpoint or location; ``standard_version`` only of a ServiceListURI."""

    uri: Uri | None = child("types:URI", Uri)
    content_type: str = required("contentType")
    standard_version: str = attribute("standardVersion")


def extended_uri(uri: str, content_type: str) -> ExtendedURI:
    """Return the ExtendedURI of a plain one."""
    return ExtendedURI(uri=Uri(value=uri), content_type=content_type)
