"""What is fuzzed: run.py feeds it. An input is a byte of flags, then the buffer that is decoded.

Decoding ends with records or with CorruptRecordBatch, whatever the bytes; or, of batches of versions 0 and 1, with what
kafka-python's parser says of a codec that it has no library for, or does not know. Each field of the records is then
read, and what decode gives is encoded and decoded again.
"""

import sys
import warnings
from contextlib import suppress
from pathlib import Path

import atheris
from kafka.errors import UnsupportedCodecError

from fastpaths.kafka import reader
from fastpaths.kafka.records import CorruptRecordBatch, RecordReader, decode, encode

CHECK_CRCS, START, UNIFORM, LEAVE_OUT, OBJECTS = 1, 2, 4, 8, 16
LIMIT = 1 << 16  # bytes, decompressed
REFUSALS = CorruptRecordBatch, UnsupportedCodecError, NotImplementedError


def read(data: bytes) -> None:
    flags, buffer = (data or b"\0")[0], bytearray(data[1:])
    options = {"check_crcs": bool(flags & CHECK_CRCS), "max_decompressed_bytes": LIMIT}
    with suppress(*REFUSALS):
        encode_again(decode(buffer, **options))
    with suppress(*REFUSALS):
        part = RecordReader(buffer, 2 if flags & START else 0, **options)
        if flags & LEAVE_OUT:
            part.leave_out_control()
            part.leave_out_aborted([(0, 0), (-1, 5), (7, 1)])
        repr(part.batches)
        while part:
            if flags & OBJECTS:
                part.take_records(3, "topic", 0)
            else:
                look_at(part.take(3, uniform=bool(flags & UNIFORM)))


def look_at(records) -> None:
    for column in (records.keys, records.values, records.offsets, records.timestamps):
        assert len(list(column)) == len(records)
    for i in range(len(records)):
        records.batch(i)
        with suppress(CorruptRecordBatch):  # a name that is not UTF-8
            records.headers(i)


def encode_again(records) -> None:
    look_at(records)
    times = records.timestamps
    if len(records) > 0 and int(times.max()) - int(times.min()) < 2**63:
        again = decode(encode(records.values, records.keys, timestamps=times))
        for column in ("keys", "values", "timestamps"):
            assert list(getattr(again, column)) == list(getattr(records, column))


if __name__ == "__main__":
    built = Path(reader.__file__).read_bytes()
    assert b"__asan_init" in built, "the decoder is not built for AddressSanitizer"
    warnings.simplefilter("error")
    atheris.Setup(sys.argv, read, enable_python_coverage=False)
    atheris.Fuzz()
