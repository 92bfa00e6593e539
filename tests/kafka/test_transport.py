"""Frames from a socket, in whatever pieces they come; and kafka-python's clients on them."""

import os
import platform
import random
import socket
import struct
import subprocess
import sys
from types import SimpleNamespace

import pytest
from kafka.errors import InvalidReceiveError, KafkaConnectionError
from kafka.net.transport import KafkaTCPTransport
from kafka.protocol.consumer import FetchRequest, FetchResponse
from kafka.protocol.parser import KafkaProtocol

from fastpaths.kafka import transport
from fastpaths.kafka.transport import FrameBuffer, FrameClient, FrameProtocol, FrameTransport

FETCH = type("Header", (), {"request_api_key": FetchRequest.API_KEY})
OTHER = type("Header", (), {"request_api_key": 3})


class Pipe:
    """What a non-blocking socket is to a buffer: at most `piece` bytes at a time."""

    def __init__(self, data, piece=1 << 30):
        self.data, self.piece = data, piece

    def recv_into(self, room):
        count = min(len(self.data), len(room), self.piece)
        room[:count] = self.data[:count]
        self.data = self.data[count:]
        return count


def framed(*payloads):
    return b"".join(struct.pack(">i", len(payload)) + payload for payload in payloads)


def parser(waiting=FETCH, limit=100_000_000):
    protocol = FrameProtocol(receive_message_max_bytes=limit)
    protocol.in_flight_requests.append(waiting)
    return protocol


def frames(buffer, sock, protocol):
    while True:
        received = buffer.receive(sock)
        while (frame := buffer.next(protocol)) is not None:
            yield bytes(frame.read())
        if not received:
            return


@pytest.mark.parametrize("waiting", [FETCH, OTHER], ids=["fetch", "other"])
@pytest.mark.parametrize("piece", [1, 2, 3, 5, 1000, 1 << 30])
def test_frames_arrive_whole_in_whatever_pieces(piece, waiting, monkeypatch):
    monkeypatch.setattr(transport, "SIZE", 16)
    monkeypatch.setattr(transport, "STEP", 8)
    monkeypatch.setattr(transport, "KEPT_SIZE", 64)
    draw = random.Random(piece)
    payloads = [draw.randbytes(draw.choice([0, 1, 5, 12, 13, 30, 60, 100, 300])) for _ in range(200)]
    assert list(frames(FrameBuffer(), Pipe(framed(*payloads), piece), parser(waiting))) == payloads


def test_a_large_frame_takes_one_buffer_that_is_used_again():
    buffer, payload = FrameBuffer(), bytes(3 << 20)
    (first,) = frames(buffer, Pipe(framed(payload)), parser())
    kept = buffer._buffer
    assert list(frames(buffer, Pipe(framed(payload)), parser())) == [first] == [payload]
    assert buffer._buffer is kept
    assert len(kept) == 4 << 20


def test_a_buffer_that_one_frame_made_huge_is_let_go(monkeypatch):
    monkeypatch.setattr(transport, "KEPT_SIZE", 2 << 20)
    buffer = FrameBuffer()
    assert len(list(frames(buffer, Pipe(framed(bytes(3 << 20))), parser()))) == 1
    assert len(buffer._buffer) == transport.SIZE


def test_what_is_there_of_a_frame_is_not_copied_at_each_piece_that_comes():
    """Else a frame of n pieces would be copied n / 2 times."""

    class Counting(bytearray):
        def __getitem__(self, key):
            assert not isinstance(key, slice), "copied"
            return super().__getitem__(key)

    payload = random.Random(1).randbytes(3 << 20)
    buffer, sock, protocol = FrameBuffer(), Pipe(framed(payload), 10_000), parser()
    buffer.receive(sock)
    assert buffer.next(protocol) is None  # now there is room for all of it
    buffer._buffer = Counting(buffer._buffer)
    while (frame := buffer.next(protocol)) is None:
        buffer.receive(sock)
    assert bytes(frame.read()) == payload


def test_a_view_that_somebody_keeps_never_changes():
    buffer, kept = FrameBuffer(), []
    payloads = [bytes([letter]) * 50 for letter in b"abcdef"]
    for payload in payloads:
        buffer.receive(Pipe(framed(payload)))
        kept.append(buffer.next(parser()).read())
        assert buffer.next(parser()) is None
    assert [bytes(view) for view in kept] == payloads


@pytest.mark.parametrize("size", [-1, 101])
def test_a_length_out_of_bounds_is_refused_before_room_is_made(size):
    buffer = FrameBuffer()
    buffer.receive(Pipe(struct.pack(">i", size)))
    with pytest.raises(InvalidReceiveError, match=f"Invalid frame length: {size}"):
        buffer.next(parser(limit=100))


FAULTS = """
import resource
from fastpaths.kafka.transport import FrameClient
client = FrameClient(bootstrap_servers="127.0.0.1:9")
def faults():
    for _ in range(50):
        fetched = [b"x" * (1 << 20) for _ in range(4)]
        del fetched
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
print(-faults() + faults())
client.close()
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="of glibc's malloc")
def test_memory_of_batches_is_used_again_and_not_given_back_to_the_system():
    # Dask's tests leave one behind, which its worker processes are to inherit.
    fixed = ("MALLOC_", "GLIBC_TUNABLES")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(fixed)}
    command = [sys.executable, "-P", "-c", FAULTS]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert int(run.stdout) < 1000  # of 51,200 pages


def test_what_kafka_python_decodes_holds_no_view():
    """Else every frame would need a buffer of its own."""
    topics = FetchResponse.FetchableTopicResponse
    partition = topics.PartitionData(partition_index=0, records=b"x" * 100, aborted_transactions=[])
    response = FetchResponse(version=12, responses=[topics(topic="t", partitions=[partition])])
    decoded = FetchResponse[12].decode(transport.Frame(memoryview(bytes(response.encode()))))
    assert type(decoded.responses[0].partitions[0].records) is bytes


class TestTransport:
    """A transport on one end of a pair of sockets, its event loop a stand-in that hands over at once."""

    @pytest.fixture
    def pair(self):
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        yield ours, theirs
        ours.close()
        theirs.close()

    @pytest.fixture
    def reading(self, pair):
        ours, _ = pair
        made = KafkaTCPTransport(None, ours)
        made.__class__, made._frames = FrameTransport, FrameBuffer()
        made._protocol = Connection()
        return made

    def test_what_came_before_the_end_is_handed_on(self, pair, reading):
        """kafka-python drops it: of a broker that answers and hangs up, only the second is heard."""
        _, theirs = pair
        theirs.sendall(framed(b"answer", b"another"))
        theirs.close()
        reading._receive()
        assert reading._protocol.heard == [b"answer", b"another"]
        with pytest.raises(KafkaConnectionError, match="disconnected"):
            reading._receive()

    def test_nothing_is_no_error(self, reading):
        reading._receive()
        assert reading._protocol.heard == []

    def test_a_broken_socket_is(self, pair, reading):
        pair[0].close()
        with pytest.raises(KafkaConnectionError, match="Bad file descriptor"):
            reading._receive()

    def test_what_a_socket_takes_is_written_at_once_and_the_rest_in_order(self, pair, reading):
        _, theirs = pair
        later = []
        reading._net = SimpleNamespace(call_soon=later.append)
        requests = [bytes([number]) * (200 << 10) for number in range(4)]
        reading.write(b"first")
        assert (theirs.recv(100), later) == (b"first", [])
        for request in requests:
            reading.write(request)
        assert later == [reading._write_to_sock]  # kafka-python's own, once
        read = b""
        while reading._write_buffer or len(read) < 4 * (200 << 10):
            read += theirs.recv(1 << 20)
            assert reading._sock_send()[1] is None
        assert read == b"".join(requests)

    def test_a_write_to_a_broken_socket_is_left_to_kafka_pythons_task(self, pair, reading):
        later = []
        reading._net = SimpleNamespace(call_soon=later.append)
        pair[0].close()
        reading.write(b"request")
        assert later == [reading._write_to_sock]
        assert isinstance(reading._sock_send()[1], KafkaConnectionError)

    def test_a_closed_transport_refuses(self, reading):
        reading._closed = True
        with pytest.raises(RuntimeError, match="closed for writes"):
            reading.write(b"request")

    def test_a_connection_that_closes_at_an_answer_hears_no_other(self, pair, reading):
        pair[1].sendall(framed(b"bad", b"another"))
        reading._protocol.then = lambda: setattr(reading, "_closed", True)
        reading._receive()
        assert reading._protocol.heard == [b"bad"]


class Connection:
    _sensors = None

    def __init__(self):
        self.parser, self.heard, self.then = KafkaProtocol(), [], lambda: None

    def data_received(self, frame):
        self.heard.append(bytes(frame.read()))
        self.then()


@pytest.mark.embedded
@pytest.mark.parametrize("client", [FrameClient, None], ids=["frames", "kafka-python"])
def test_a_consumer_reads_through_it(client):
    from kafka import KafkaConsumer, KafkaProducer, TopicPartition

    from fastpaths.kafka import Broker

    options = {} if client is None else {"kafka_client": client}
    values = [bytes([i]) * (i * 100) for i in range(200)]
    with Broker("embedded") as broker:
        with KafkaProducer(**broker.client_options("producer"), **options) as producer:
            for value in values:
                producer.send("t", value, partition=0)
        with KafkaConsumer(auto_offset_reset="earliest", **broker.client_options("consumer"), **options) as consumer:
            consumer.assign([TopicPartition("t", 0)])
            read = []
            while len(read) < len(values):
                for records in consumer.poll(timeout_ms=5000).values():
                    read += [record.value for record in records]
            (connection,) = [c for c in consumer._manager._conns.values() if c.node_id == 1]
            assert (type(connection.transport) is FrameTransport) == (client is not None)
            assert (type(connection.parser) is FrameProtocol) == (client is not None)
    assert read == values
