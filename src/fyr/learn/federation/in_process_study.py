"""A whole study in this process: a site for each table, a coordinator, and letters between them that are signed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fyr.learn.federation.coordinator import Outcome, conduct
from fyr.learn.federation.in_process import InProcess
from fyr.learn.federation.site import Gate, Site
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.study import Study

__all__ = ["conduct_in_process"]


def conduct_in_process(
    study: Study, tables: Mapping[str, SiteTable], *, gate_of: Callable[[str], Gate] | None = None
) -> Outcome:
    """Run a study over tables that lie here.

    Parameters
    ----------
    study : Study
    tables : mapping of str to SiteTable
        By site, one for each of the study's.
    gate_of : callable, optional
        Gives a site's disclosure control.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    own = Ed25519PrivateKey.generate()
    keys = {site: Ed25519PrivateKey.generate() for site in study.sites}
    sites = {
        name: Site(tables[name], study, keys[name], own.public_key(), None if gate_of is None else gate_of(name))
        for name in study.sites
    }
    transport = InProcess({name: site.handle for name, site in sites.items()})
    return conduct(study, transport, own, {name: key.public_key() for name, key in keys.items()})
