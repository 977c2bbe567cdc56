"""IEEE 11073 SDC: reads the metrics of a patient monitor through the library sdc11073 (``pip install "fyr[devices]"``).

Importing this package does not import the library.
"""

from fyr.exchange.sdc.consumer import SdcConsumer

__all__ = ["SdcConsumer"]
