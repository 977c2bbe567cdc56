"""What is accepted, as clients write it."""

from __future__ import annotations

import pytest

from fyr.exchange.dicomweb.media_types import DICOM, JSON, OCTETS, accepted, media_types


@pytest.mark.parametrize(
    ("accept", "offers", "chosen"),
    [
        (None, (DICOM,), DICOM),
        ("*/*", (DICOM,), DICOM),
        ("application/*", (JSON,), JSON),
        ('multipart/related; type="application/dicom"', (DICOM,), DICOM),
        ("multipart/related;type=application/dicom;transfer-syntax=*", (DICOM,), DICOM),
        ('multipart/related; type="application/dicom+xml"', (JSON,), None),
        ("application/dicom+json;q=0.5, application/json", ("application/json", JSON), "application/json"),
        ("image/png;q=0.9, image/jpeg;q=0.1", ("image/jpeg", "image/png"), "image/png"),
        ("text/html, */*;q=0.1", (JSON,), JSON),
        ("application/dicom;q=0", (DICOM,), None),
        ('multipart/related; type="image/jp2", multipart/related; type="application/octet-stream"', (OCTETS,), OCTETS),
    ],
)
def test_the_first_offer_that_is_accepted(accept: str | None, offers: tuple[str, ...], chosen: str | None) -> None:
    found = accepted(accept, offers)
    assert (None if found is None else found[0]) == chosen


def test_parameters_are_read_quoted_or_not() -> None:
    (one,) = media_types('multipart/related; type="application/dicom"; transfer-syntax=1.2.840.10008.1.2.1')
    assert (one.part, one.transfer_syntax, one.is_multipart) == (DICOM, "1.2.840.10008.1.2.1", True)
