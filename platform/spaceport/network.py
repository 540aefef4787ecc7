"""Whom an address of the internet stands for."""

from ipaddress import ip_address, ip_network

#: Of an address of IPv6: what a provider gives to one customer at least. Source: RFC 6177.
_PERSONS_NETWORK_BITS = 64


def network_of(address: str) -> str:
    """The address; of IPv6 the network, which is what one person has. What is no address stays what it is."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    is_one = known.version == 4 or known.ipv4_mapped is not None
    return address if is_one else str(ip_network((known, _PERSONS_NETWORK_BITS), strict=False))
