"""Simulated patients: for the demonstration and for exercising the engine. Nothing here is fitted to real patients.

What is taken from publications is cited where it stands; every other number is Fyr's own, chosen so that the signals
look like a ward's. Results on simulated patients say how the software behaves, never how it would do in a hospital.
"""

from fyr.watch.simulation.deterioration import KINDS, Deterioration
from fyr.watch.simulation.signals import SIMULATED_SIGNALS
from fyr.watch.simulation.ward import SimulatedWard

__all__ = ["KINDS", "SIMULATED_SIGNALS", "Deterioration", "SimulatedWard"]
