"""Floor 7: asyncio services: ingest, channel, network; one TaskGroup each."""
