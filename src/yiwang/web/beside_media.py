"""All that a node is beside its media: the one network, lists and guide, API, console, accounts, history, pictures."""

import asyncio

from yiwang.network.regions import region_tree
from yiwang.services.history import History
from yiwang.services.network import Network
from yiwang.services.network_documents import NetworkDocuments
from yiwang.services.one_network import OneNetworkService, regions_of
from yiwang.services.thumbnails import Thumbnails
from yiwang.store.database.database import Database
from yiwang.web.api import accounts_of, make_api
from yiwang.web.lists_app import ListsApp


class BesideMedia:
    """Answers by `app`, as long as it runs.

    Parameters
    ----------
    network : Network
    database : Database         opened
    stopping : asyncio.Event    set when the node stops
    """

    def __init__(self, network: Network, database: Database, stopping: asyncio.Event) -> None:
        tree, _ = region_tree(regions_of(network.config))
        countries = sorted({code for region in tree for code in region.country_codes.split(",") if code})
        self._one = OneNetworkService(network, database)
        self._accounts, self._history = accounts_of(network), History(network)
        self._thumbnails = Thumbnails(network.channels)
        documents = NetworkDocuments(self._one, network.config.node.name, tuple(countries))
        api = make_api(network, stopping, self._one, self._accounts, self._history, self._thumbnails)
        self.app = ListsApp(documents, api)

    async def run(self) -> None:
        """Run until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                for one in (self._one, self._history, self._thumbnails):
                    group.create_task(one.run())
        finally:
            self._accounts.close()
