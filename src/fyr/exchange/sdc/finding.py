"""Finds a device by WS-Discovery where its address is not configured."""

from __future__ import annotations

from fyr.errors import ServiceUnavailable

__all__ = ["find_device"]


def find_device(interface: str, epr: str, seconds: int = 3) -> str:
    """Return the transport address of the device with that endpoint reference.

    Parameters
    ----------
    interface : str
        The address of this machine in the devices' network.
    epr : str
        For example ``urn:uuid:8c26f673-fdbf-4380-b5ad-9e2454a65b6b``.
    seconds : int
        How long to listen for answers.

    Raises
    ------
    ServiceUnavailable
        If no such device answers.
    """
    from sdc11073.wsdiscovery import WSDiscovery

    discovery = WSDiscovery(interface)
    discovery.start()
    try:
        for service in discovery.search_sdc_services(timeout=seconds):
            if service.epr == epr and service.x_addrs:
                return str(service.x_addrs[0])
    finally:
        discovery.stop()
    raise ServiceUnavailable(
        f"no device {epr} answers WS-Discovery on {interface}", mend='configure its address as device = "http://…"'
    )
