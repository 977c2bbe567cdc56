"""What a sample is: the package that carries it, the files taken out of it, and what a person must know of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Archive", "Sample", "Taken"]


@dataclass(frozen=True, slots=True)
class Archive:
    """One file of a package, pinned by its digest.

    Parameters
    ----------
    package, version : str
        As the package index names them.
    file : str
        The file's name: a wheel, or a source distribution, for which `tags` do not count.
    sha256 : str
        Of the whole file, in hexadecimal.
    size : int
        In bytes: what a person is told before it is fetched.
    tags : tuple of str
        What pip needs to choose this wheel on every machine, where it holds compiled code beside the data:
        ``--platform``, ``--python-version`` and so on.
    """

    package: str
    version: str
    file: str
    sha256: str
    size: int
    tags: tuple[str, ...] = ()

    @property
    def is_source(self) -> bool:
        """Whether it is a source distribution."""
        return self.file.endswith(".tar.gz")

    @property
    def title(self) -> str:
        """The package and its version, as people write them."""
        return f"{self.package} {self.version}"


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that is taken out of an archive.

    Parameters
    ----------
    member : str
        Its path in the archive; in a ``.tar.gz`` without the folder that everything lies in.
    name : str
        What it is called in the cache.
    sha256 : str
        Of the file in the cache, in hexadecimal.
    header : str
        A first line in place of the archive's own, where that names no columns.
    """

    member: str
    name: str
    sha256: str
    header: str = ""


@dataclass(frozen=True, slots=True)
class Sample:
    """Real data that may be used by anybody.

    Parameters
    ----------
    name : str
    title : str
    archive : Archive
    taken : tuple of Taken
        The first one is the table, where the sample is one.
    description : str
        What it is, of whom, and what it is not, in a few sentences.
    rows, events : int
        As published.
    columns : mapping of str to str
        What each column of the table means.
    outcome : str
        What the event is, and the time.
    source : str
        Who published the data, and where.
    licence : str
        Of the package, and what is known of the data's own.
    citation : str
    mapping : str
        The name of the cohort mapping that Fyr ships; empty where the sample is no table.
    conversion : str
        What Fyr makes of the files, a name of :data:`~fyr.exchange.samples.converted.CONVERSIONS`; empty where they are
        used as they are.
    """

    name: str
    title: str
    archive: Archive
    taken: tuple[Taken, ...]
    description: str
    source: str
    licence: str
    citation: str
    rows: int = 0
    events: int = 0
    columns: Mapping[str, str] = field(default_factory=dict)
    outcome: str = ""
    mapping: str = ""
    conversion: str = ""

    @property
    def is_table(self) -> bool:
        """Whether it is a table of patients, and not a folder of files."""
        return bool(self.mapping)
