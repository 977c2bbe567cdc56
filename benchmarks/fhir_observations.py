"""How many FHIR Observations a second are read from a bundle, beside the package ``fhir.resources`` in the same run.

A bundle of 1,000 Observations as a gateway posts it: heart rate, respiratory rate, oxygen saturation, temperature and a
blood pressure of two components, of 50 patients. Fyr reads the JSON, the codes, units, times and subjects, and gives
columns of samples; it checks only what it uses. The peer, pydantic models for the whole of FHIR R4B, parses and
validates every element of each resource, and takes nothing out of it: a different work, and the one that a program
without a reader of its own does first. Both begin with the same bytes; processor time, one thread.

Run: ``python benchmarks/fhir_observations.py [--repeats 7]``
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable

import orjson
from fhir.resources.R4B.bundle import Bundle

from fyr.exchange.fhir.observations import read_observations

LOINC, UCUM = "http://loinc.org", "http://unitsofmeasure.org"
VITALS = (("8867-4", "/min", 72), ("9279-1", "/min", 16), ("59408-5", "%", 97), ("8310-5", "Cel", 36.9))
OBSERVATIONS = 1000


def concept(code: str) -> dict[str, object]:
    """Return a LOINC code."""
    return {"coding": [{"system": LOINC, "code": code}]}


def quantity(value: float, unit: str) -> dict[str, object]:
    """Return a value with its UCUM unit."""
    return {"value": value, "unit": unit, "system": UCUM, "code": unit}


def one(number: int) -> dict[str, object]:
    """Return the Observation of that number."""
    kind = number % (len(VITALS) + 1)
    resource: dict[str, object] = {
        "resourceType": "Observation",
        "status": "final",
        "category": [
            {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/observation-category",
                        "code": "vital-signs",
                    }
                ]
            }
        ],
        "subject": {"reference": f"Patient/{number // (len(VITALS) + 1) % 50}"},
        "effectiveDateTime": f"2026-11-22T08:{number // 60 % 60:02d}:{number % 60:02d}+01:00",
    }
    if kind < len(VITALS):
        code, unit, value = VITALS[kind]
        return {**resource, "code": concept(code), "valueQuantity": quantity(value + number % 7, unit)}
    component = [
        {"code": concept(code), "valueQuantity": quantity(value + number % 9, "mm[Hg]")}
        for code, value in (("8480-6", 120), ("8462-4", 80))
    ]
    return {**resource, "code": concept("85354-9"), "component": component}


def rate(work: Callable[[], object], repeats: int) -> float:
    """Return the median of Observations a second of processor time."""
    work()
    rates = []
    for _ in range(repeats):
        begun = time.process_time()
        work()
        rates.append(OBSERVATIONS / (time.process_time() - begun))
    return statistics.median(rates)


def main() -> None:
    """Check that both read the same, then measure."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--repeats", type=int, default=7)
    repeats = options.parse_args().repeats
    entries = [
        {"resource": one(number), "request": {"method": "POST", "url": "Observation"}} for number in range(OBSERVATIONS)
    ]
    data = orjson.dumps({"resourceType": "Bundle", "type": "batch", "entry": entries})

    ours = read_observations(data, "benchmark").incoming
    theirs = [entry.resource for entry in Bundle.model_validate_json(data).entry]
    said = [float(part.valueQuantity.value) for seen in theirs for part in (seen.component or [seen])]
    assert ours.problems == (None,) * OBSERVATIONS
    assert ours.samples.value.tolist() == said

    figures = {
        "fyr, to columns of samples": rate(lambda: read_observations(data, "benchmark"), repeats),
        "fhir.resources R4B, validation alone": rate(lambda: Bundle.model_validate_json(data), repeats),
        "orjson, no reading at all": rate(lambda: orjson.loads(data), repeats),
    }
    peer = figures["fhir.resources R4B, validation alone"]
    for name, each in figures.items():
        print(f"{name:40s} {each:12,.0f} Observations/s   {each / peer:8.1f} x the peer")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
