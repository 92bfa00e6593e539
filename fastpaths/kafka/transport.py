"""kafka-python's connections with frames read straight from the socket: `FrameClient`, for the option `kafka_client` of
its clients.

kafka-python reads 4 KiB at a time, and copies each byte seven times before a record batch is decoded. Here a response
is received into a buffer that is there already and decoded in place; kafka-python's decoder then copies the record
batches out of it, and that is all. It also asks the selector before each write, and anew for each read; here a request
is written at once, and a connection stays registered. Plain TCP only: a TLS connection stays kafka-python's own.

kafka-python builds its transports and parsers itself. Ours begin as its own and change their class, before the first
byte is read.
"""

from __future__ import annotations

import struct
import time
from selectors import EVENT_READ
from typing import Any

from kafka.errors import KafkaConnectionError, KafkaProtocolError
from kafka.net import selector
from kafka.net.compat import KafkaNetClient
from kafka.net.manager import KafkaConnectionManager
from kafka.net.selector import KernelEvent, NetworkSelector
from kafka.net.transport import KafkaTCPTransport
from kafka.protocol.consumer import FetchRequest
from kafka.protocol.parser import KafkaProtocol

LENGTH = struct.Struct(">i")
SIZE = 64 << 10  # of a buffer, until a frame needs more
STEP = 1 << 20  # in which it grows
FULL_DELAY = 1000.0  # ms
WAIT_IO = selector.TaskState.WAIT_IO if hasattr(selector, "TaskState") else None  # tasks of 3.0.0 have no state
KEPT_SIZE = 16 << 20  # one that a frame has made larger than this is let go after it
FREED_SIZE = 31 << 20  # just below the largest that glibc learns from


class FrameClient(KafkaNetClient):  # type: ignore[misc]
    def __init__(self, **configs: Any) -> None:
        # glibc would give the memory of each batch of 128 KiB and more back to the system and get it anew for the next,
        # at a page fault for 4 KiB. It keeps blocks smaller than the largest that was freed: mallopt(3), "dynamic".
        # This one is asked for and freed, never touched; thresholds fixed by MALLOC_… in the environment stay fixed.
        bytes(FREED_SIZE)
        net = FrameSelector(**configs)
        super().__init__(net=net, manager=FrameConnectionManager(net, **configs), **configs)


class ProducerClient(FrameClient):
    def connection_delay(self, node_id: int) -> float:
        """How long the sender may wait for a node that is not ready, in ms; it is woken earlier by whatever comes.

        kafka-python's gives it seconds, and 0 while the node has all the requests that may be in flight: its sender
        goes round and round until one is answered.
        """
        if self.in_flight_request_count(node_id) > 0:
            return FULL_DELAY
        delay: float = super().connection_delay(node_id)
        return 1000 * delay


class FrameSelector(NetworkSelector):  # type: ignore[misc]
    def _wait_registered(self) -> None:
        """For what the task under way has registered for. (A task asks by the name of the method.)"""
        self._current.state = WAIT_IO


class FrameConnectionManager(KafkaConnectionManager):  # type: ignore[misc]
    async def _build_transport(self, *arguments: Any, **options: Any) -> KafkaTCPTransport:
        transport = await super()._build_transport(*arguments, **options)
        if type(transport) is KafkaTCPTransport:
            transport.__class__ = FrameTransport
            transport._frames = FrameBuffer()
        return transport


class FrameTransport(KafkaTCPTransport):  # type: ignore[misc]
    def write(self, data: bytes | memoryview) -> None:
        """Send what the socket takes. The rest, and what goes wrong, is left to the task that kafka-python's starts."""
        if self._write and not self._closed and not self._write_buffer:
            try:
                sent = self._sock.send(data)
            except OSError:
                sent = 0
            if sent:
                self._count_sent(sent)
                data = memoryview(data)[sent:]
                if not data:
                    return
        super().write(data)

    def _count_sent(self, count: int) -> None:
        self.last_write = time.monotonic()
        if self._protocol and self._protocol._sensors:
            self._protocol._sensors.bytes_sent.record(count)

    async def _read_from_sock(self) -> None:
        sock = self._sock  # closing takes it away
        self._net.register_event(sock, EVENT_READ, self._net._current)
        while self._read and not self._closed:
            await KernelEvent("_wait_registered")
            try:
                self._receive()
            except (KafkaProtocolError, KafkaConnectionError) as error:
                self.abort(error=error)
        self._net.unregister_event(sock, EVENT_READ)

    def _receive(self) -> None:
        """Take what the socket has, at most up to the end of a frame, and hand on the frames that are complete.

        While a frame comes, the socket is asked again at once: more comes sooner than the selector would tell.
        """
        frames: FrameBuffer = self._frames
        handed_on = False
        while not handed_on:  # then others have their turn
            try:
                received = frames.receive(self._sock)
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                raise KafkaConnectionError(error) from error
            if received == 0:
                raise KafkaConnectionError("socket disconnected")
            self.last_read = time.monotonic()
            connection = self._protocol
            if connection._sensors:
                connection._sensors.bytes_received.record(received)
            if type(connection.parser) is KafkaProtocol:
                connection.parser.__class__ = FrameProtocol
            while (frame := frames.next(connection.parser)) is not None:
                handed_on = True
                connection.data_received(frame)
                if self._closed:
                    return


class FrameProtocol(KafkaProtocol):  # type: ignore[misc]
    def receive_bytes(self, frame: Frame) -> list[Any]:
        return [self._process_response(frame)]

    @property
    def fetch_is_next(self) -> bool:
        """Does the next frame answer a fetch? There the bytes are; whatever else comes is small."""
        waiting = self.in_flight_requests
        return bool(waiting) and getattr(waiting[0], "request_api_key", None) == FetchRequest.API_KEY


class Frame:
    """A response's bytes, as kafka-python's decoder reads them."""

    def __init__(self, data: memoryview | bytes) -> None:
        self._data = data
        self._position = 0

    def __len__(self) -> int:
        return len(self._data)

    def read(self, size: int | None = None) -> memoryview | bytes:
        start = self._position
        self._position = len(self._data) if size is None else min(start + size, len(self._data))
        return self._data[start : self._position]

    def seek(self, position: int) -> None:
        self._position = position

    def tell(self) -> int:
        return self._position


class FrameBuffer:
    """What has come from a socket and is still to be decoded: bytes start to stop of the buffer."""

    def __init__(self) -> None:
        self._buffer = bytearray(SIZE)
        self._start = self._stop = 0
        self._lent: memoryview | None = None  # the frame that was handed out last, if it lies in the buffer

    def receive(self, sock: Any) -> int:
        """Take what the socket has. Returns how many bytes came: 0 at its end.

        Raises what recv_into raises: BlockingIOError where nothing has come yet.
        """
        with memoryview(self._buffer) as buffer, buffer[self._stop :] as room:
            received: int = sock.recv_into(room)
        self._stop += received
        return received

    def next(self, parser: FrameProtocol) -> Frame | None:
        """The next frame if it is complete, valid until the next call. Else None, and there is room for the rest of it.

        Raises InvalidReceiveError for a length that is negative, or more than receive_message_max_bytes.
        """
        self._take_back()
        begin = self._start + LENGTH.size
        if begin > self._stop:
            self._make_room(LENGTH.size)
            return None
        (size,) = LENGTH.unpack_from(self._buffer, self._start)
        parser._validate_frame_size(size)
        if begin + size > self._stop:
            self._make_room(LENGTH.size + size)
            return None
        self._start = begin + size
        if not parser.fetch_is_next:
            return Frame(bytes(self._buffer[begin : self._start]))
        self._lent = memoryview(self._buffer)[begin : self._start]
        return Frame(self._lent)

    def _take_back(self) -> None:
        """Leave the buffer to whoever looks into it: kafka-python's decoder copies, but nowhere promises to."""
        if self._lent is not None:
            self._lent.release()
            self._lent = None
            try:
                self._buffer.append(0)  # is refused while there is a view
                self._buffer.pop()
            except BufferError:
                self._buffer = bytearray(self._buffer)

    def _make_room(self, needed: int) -> None:
        """For that many bytes from the start on, of which those up to the stop are there."""
        pending = self._stop - self._start
        if pending and self._start + needed <= len(self._buffer):
            return
        buffer = self._buffer
        if needed > len(buffer):
            self._buffer = bytearray(-(-needed // STEP) * STEP)
        elif not pending and len(buffer) > KEPT_SIZE:
            self._buffer = bytearray(SIZE)
        with memoryview(buffer) as old, memoryview(self._buffer) as new:
            new[:pending] = old[self._start : self._stop]  # may overlap
        self._start, self._stop = 0, pending
