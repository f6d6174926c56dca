"""Addresses for which http is as safe as https."""

import ipaddress


def is_loopback(host: str) -> bool:
    """Whether the host of a URL is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
