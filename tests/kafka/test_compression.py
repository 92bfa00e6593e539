"""What decompression makes of broken data, of no room and of too little; kafka-python's codecs as the oracle."""

import random
from contextlib import suppress

import pytest
from kafka.codec import gzip_encode, lz4_encode, snappy_encode, zstd_encode

from fastpaths.kafka.compression import DecompressionFailed, compress, decompress

ENCODE = {"gzip": gzip_encode, "snappy": snappy_encode, "lz4": lz4_encode, "zstd": zstd_encode}
LIMIT = 1 << 24
CONTENTS = {
    "empty": b"",
    "short": b"a few bytes",
    "random": random.Random(1).randbytes(300_000),
    "zeros": bytes(3_000_000),  # far more than the usual room
    "mixed": random.Random(2).randbytes(70_000) + bytes(200_000) + random.Random(3).randbytes(10),
}


@pytest.mark.parametrize("codec", ENCODE)
@pytest.mark.parametrize("content", CONTENTS)
class TestEach:
    def test_as_kafka_python_makes_it_and_as_we_do(self, codec, content):
        plain = CONTENTS[content]
        for made in (ENCODE[codec](plain), compress(codec, memoryview(plain))):
            for _ in range(2):  # what is usual has changed
                assert bytes(decompress(codec, memoryview(bytes(made)), LIMIT)) == plain

    def test_up_to_the_limit(self, codec, content):
        plain = CONTENTS[content]
        made = memoryview(bytes(ENCODE[codec](plain)))
        assert bytes(decompress(codec, made, len(plain))) == plain
        if plain:
            with pytest.raises(DecompressionFailed, match=f"expected {codec} of at most {len(plain) - 1} bytes"):
                decompress(codec, made, len(plain) - 1)


@pytest.mark.parametrize("codec", ENCODE)
def test_a_part_is_an_error_or_all_of_it(codec):
    """All: where nothing but a checksum is missing, which the codec does without. Snappy's blocks have no end; none of
    them is whole here."""
    plain = CONTENTS["mixed"][69_900:70_100]
    made = bytes(ENCODE[codec](plain))
    for stop in range(len(made)):
        try:
            found = bytes(decompress(codec, memoryview(made[:stop]), LIMIT))
        except DecompressionFailed:
            continue
        assert found == plain or (codec == "snappy" and found == b""), f"{stop} of {len(made)} bytes"


@pytest.mark.parametrize("codec", ENCODE)
def test_what_is_not_of_the_codec(codec):
    for seed in range(200):
        data = random.Random(seed).randbytes(seed)
        with suppress(DecompressionFailed):  # what else it raised would fail here
            assert len(decompress(codec, memoryview(data), LIMIT)) <= LIMIT


def test_lz4_tells_what_is_wrong():
    made = lz4_encode(CONTENTS["mixed"])
    with pytest.raises(DecompressionFailed, match=r"found a frame that goes on after 1000 bytes$"):
        decompress("lz4", memoryview(made[:1000]), LIMIT)
    with pytest.raises(DecompressionFailed, match="frameType_unknown"):
        decompress("lz4", memoryview(b"not a frame of lz4"), LIMIT)
    with pytest.raises(DecompressionFailed, match=r"found more bytes$"):
        decompress("lz4", memoryview(made), 1000)
