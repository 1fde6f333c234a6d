"""Search over services and events as viewers type: characters, pinyin, initials, English, with mistakes."""

from yiwang.store.search.index import SearchIndex
from yiwang.store.search.records import Event, Filters, Found, Item, Reason, ServiceEvents, ServiceNames

__all__ = ["Event", "Filters", "Found", "Item", "Reason", "SearchIndex", "ServiceEvents", "ServiceNames"]
