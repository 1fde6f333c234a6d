"""All figures, one after the other: `make bench`. A machine that does something else at the time says so in the ratios."""

import asyncio
import json
from dataclasses import asdict

from bench import (
    core,
    density,
    edge,
    glass,
    latency,
    lists,
    multiplex,
    one_network,
    origin,
    probe,
    search,
    service_information,
    startup,
    ts,
)


def main() -> None:
    print(
        "20 channels of 8 Mbit/s, HLS + DASH, against ffmpeg -c copy to fMP4 HLS, same multicast, same time: whole segments"
    )
    print(json.dumps(asdict(density.run(20, parts=False)), indent=2), flush=True)
    print("the same with parts, which ffmpeg does not make")
    print(json.dumps(asdict(density.run(20)), indent=2), flush=True)
    print("packaging alone: one channel of 8 Mbit/s without sockets and event loop")
    print(json.dumps(core.main(), indent=2), flush=True)
    print("part latency: fetched - (first picture arrived + part duration)")
    print(json.dumps(asyncio.run(latency.main()), indent=2), flush=True)
    print("origin, 32 connections")
    print(json.dumps(asyncio.run(origin.main()), indent=2), flush=True)
    print("a node behind the edge, while viewers grow")
    print(json.dumps([asdict(load) for load in asyncio.run(edge.main())], indent=2), flush=True)
    print("from nothing to the first segments of 100 channels")
    print(json.dumps(asdict(asyncio.run(startup.run())), indent=2), flush=True)
    print("a segment as MPEG-TS")
    print(json.dumps(ts.main(), indent=2), flush=True)
    print("yiwang probe against ffprobe -show_packets; TR 101 290 on a multiplex and on a live channel")
    print(json.dumps(asdict(probe.run()), indent=2), flush=True)
    print("service information in a multiplex; a multiplex packaged whole")
    print(json.dumps(asdict(service_information.run()), indent=2), flush=True)
    print(json.dumps(asdict(multiplex.run()), indent=2), flush=True)
    print("the guide of a nation: read, merged, updated, written; tv_cat and tv_merge")
    print(json.dumps(one_network.run(), indent=2), flush=True)
    print("search over 3 million events")
    print(json.dumps(asdict(search.run()), indent=2, ensure_ascii=False), flush=True)
    print("the network's documents and APIs, 2,000 channels x 7 days, requests a second of a core")
    print(json.dumps(asyncio.run(lists.main()), indent=2, ensure_ascii=False), flush=True)
    print("glass to glass and channel change in Chromium, on the demo")
    print(json.dumps(asyncio.run(glass.main()), indent=2), flush=True)


if __name__ == "__main__":
    main()
