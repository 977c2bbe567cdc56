"""A stream of bytes means the same however it is cut."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st
from tests.exchange.mqtt.wire import connect, length, publish

from fyr.exchange.mqtt.packets import Connect, Decoder, Publish

topics = st.text(st.characters(exclude_characters="+#\x00", exclude_categories=["Cs"]), min_size=1, max_size=30)
publications = st.builds(publish, topics, st.binary(max_size=400), st.integers(0, 2), st.integers(1, 65535))
streams = st.lists(publications | st.just(connect()) | st.just(b"\xc0\x00") | st.just(b"\x62\x02\x00\x07"), max_size=8)
LARGEST = 256


def read(chunks: list[bytes]) -> tuple[list[object], str]:
    decoder = Decoder(LARGEST)
    packets = [packet for chunk in chunks for packet in decoder.feed(chunk)]
    return packets, str(decoder.failure)


@given(streams.map(b"".join) | st.binary(max_size=200), st.lists(st.integers(0, 2000)))
def test_any_cut_gives_the_same_packets(stream, cuts):
    places = sorted({0, len(stream), *(cut % (len(stream) + 1) for cut in cuts)})
    chunks = [stream[a:b] for a, b in itertools.pairwise(places)]
    whole = read([stream])
    assert read(chunks) == whole
    assert read([stream[i : i + 1] for i in range(len(stream))]) == whole


@given(topics, st.binary(max_size=2000), st.integers(0, 2), st.integers(1, 65535))
def test_a_publication_comes_out_as_it_went_in(topic, payload, qos, packet_id):
    (packet,), failure = read([publish(topic, payload, qos, packet_id)])
    assert failure == "None"
    assert isinstance(packet, Publish)
    assert (packet.topic, packet.qos, packet.packet_id, packet.size) == (
        topic,
        qos,
        packet_id if qos else 0,
        len(payload),
    )
    assert payload.startswith(packet.payload)
    assert packet.is_cut or packet.payload == payload


def test_connect_says_who_and_how():
    (packet,) = Decoder().feed(connect("gateway", keep_alive=30, clean=False, user="u", password="p"))
    assert packet == Connect(4, "gateway", False, 30, "u", b"p")


def test_a_will_is_passed_over():
    body = b"\x00\x04MQTT\x04\x0e\x00\x3c\x00\x01c\x00\x04will\x00\x07is this"
    (packet,) = Decoder().feed(b"\x10" + length(len(body)) + body)
    assert packet == Connect(4, "c", True, 60)


def test_what_is_no_mqtt_is_said_so():
    for wrong in (
        b"\x00\x00",
        b"\x30\x02\x00\x00",  # no topic
        b"\x36\x07\x00\x01a\x00\x01xx",  # QoS 3
        b"\x30\x05\x00\x03a/#",  # a wildcard
        b"\x30\x04\x00\x02\xc3\x28",  # a topic that is not UTF-8
        b"\x32\x05\x00\x01a\x00\x00",  # an identifier of 0
        b"\x60\x02\x00\x01",  # PUBREL without its flags
        b"\x80\x05\x00\x01\x00\x00\x00",  # SUBSCRIBE without its flags
        b"\x82\x02\x00\x01",  # no topic
        b"\xc0\x01\x00",  # PINGREQ with a body
        b"\x20\x02\x00\x00",  # what only servers send
        b"\x30\xff\xff\xff\xff\x01",  # a length of five bytes
        b"\x10\xff\xff\xff\x7f",  # CONNECT of 256 MB
    ):
        decoder = Decoder()
        assert decoder.feed(wrong) == []
        assert decoder.failure is not None, wrong
        assert decoder.feed(publish("a", b"1")) == []
