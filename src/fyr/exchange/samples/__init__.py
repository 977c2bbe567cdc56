"""Real, open sample data that public Python packages carry: what there is, and the cache that it is fetched into."""

from fyr.exchange.samples.cache import SampleCache
from fyr.exchange.samples.entries import SAMPLES, sample_named
from fyr.exchange.samples.sample import Archive, Sample, Taken

__all__ = ["SAMPLES", "Archive", "Sample", "SampleCache", "Taken", "sample_named"]
