"""Interfaces, and what the kernel tells of their addresses."""

import json
import subprocess
from ipaddress import ip_address

from tests.conftest import need_tool
from yiwang.net.interface import interface_addresses, interface_index


def test_addresses_are_those_that_ip_lists() -> None:
    answer = subprocess.run([need_tool("ip"), "-json", "address"], capture_output=True, check=True).stdout
    listed = {
        (interface["ifindex"], ip_address(address["local"]))
        for interface in json.loads(answer)
        for address in interface["addr_info"]
    }
    assert listed
    assert listed <= set(interface_addresses())


def test_an_address_leads_to_its_interface() -> None:
    for index, address in interface_addresses():
        if not address.is_link_local:
            assert interface_index(str(address)) == index
