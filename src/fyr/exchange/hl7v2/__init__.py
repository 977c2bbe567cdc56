"""HL7 version 2 over MLLP: vital signs and movements in, alarms out (IHE PCD-04)."""

from fyr.exchange.hl7v2.client import send_mllp
from fyr.exchange.hl7v2.listener import MllpListener
from fyr.exchange.hl7v2.pcd04_sink import Pcd04Sink
from fyr.exchange.hl7v2.reader import Hl7Reader

__all__ = ["Hl7Reader", "MllpListener", "Pcd04Sink", "send_mllp"]
