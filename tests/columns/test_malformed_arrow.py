"""Arrays that contradict themselves are refused, and never read past their end."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastpaths.columns import Column, Columns, MalformedArrow

DATA = np.frombuffer(b"0123456789abcdefghij", np.uint8)
SIZES = np.array([len(DATA)])
NOTHING = np.empty(0, np.uint8)


def view(length, prefix, buffer, offset):
    return np.frombuffer(struct.pack("<i4sii", length, prefix, buffer, offset), np.uint8)


def inlined(length, text):
    return np.frombuffer(struct.pack("<i12s", length, text), np.uint8)


def strings(views, buffers=(DATA,), sizes=SIZES, **more):
    return {"format": "vu", "length": len(views), "buffers": [None, np.concatenate(views), *buffers, sizes], **more}


def offsets(*offsets, format="u", dtype=np.int32, **more):
    return {"format": format, "length": len(offsets) - 1, "buffers": [None, np.array(offsets, dtype), DATA], **more}


def codes(*codes, dtype="i1", format="c", **more):
    texts = {"format": "u", "length": 2, "buffers": [None, np.array([0, 1, 2], np.int32), DATA]}
    return {
        "format": format,
        "length": len(codes),
        "buffers": [None, np.array(codes, dtype)],
        "dictionary": texts,
        **more,
    }


def numbers(**more):
    return {"format": "l", "length": 3, "buffers": [None, np.arange(3)], **more}


WRONG_STRUCTS = {
    "negative length": (numbers(length=-1), "length -1 and offset 0"),
    "negative offset": (numbers(offset=-1), "length 3 and offset -1"),
    "huge length": (numbers(length=2**62), "length 4611686018427387904"),
    "huge offset": (numbers(offset=2**62), "offset 4611686018427387904"),
    "negative buffers": (numbers(wrong={"n_buffers": -1}), "-1 buffers"),
    "no buffers": (numbers(wrong={"buffers": None}), "no pointer to its buffers"),
    "negative children": (numbers(wrong={"n_children": -1}), "-1 children"),
    "no pointer to children": (
        numbers(wrong={"n_children": 1, "children": None}),
        "no pointer to its buffers or children",
    ),
    "released": (numbers(wrong={"release": None}), "released before"),
}
WRONG_ARRAYS = {  # whose column can be named
    "too few buffers": (numbers(wrong={"n_buffers": 1}), "expected 2 buffers, found 1"),
    "too many buffers": (numbers(buffers=[None, np.arange(3), DATA]), "expected 2 buffers, found 3"),
    "no values": (numbers(buffers=[None, None]), "expected 24 bytes in buffer 1 of 2, found none"),
    "children": (numbers(children=[numbers()]), "expected no children"),
    "nulls without validity": (numbers(null_count=1), "expected the validity of 1 nulls, found none"),
    "no dictionary": (codes(0, wrong={"dictionary": None}), "a dictionary only where the schema has one"),
    "code too large": (codes(0, 2), "expected numbers of 2 values, found 2"),
    "code below zero": (codes(0, -1), "expected numbers of 2 values, found -1"),
    "code of 64 bits": (
        codes(2**63, dtype="u8", format="L"),
        "expected numbers of 2 values, found 9223372036854775808",
    ),
    "offsets that decrease": (offsets(0, 5, 3, 20), r"offsets\[2\] = 3 is less than offsets\[1\] = 5"),
    "offsets beyond the last": (offsets(0, 50, 20), r"offsets\[1\] = 50 is outside the data of 20 bytes"),
    "offsets below zero": (offsets(-1, 5), r"offsets\[0\] = -1 is outside"),
    "last offset below zero": (offsets(0, -5), "buffer 2 has a size of -5 bytes"),
    "large offsets": (offsets(2**40, 5, format="Z", dtype=np.int64), r"offsets\[0\] = 1099511627776 is outside"),
    "no data": (offsets(0, 5, buffers=[None, np.array([0, 5], np.int32), None]), "expected 5 bytes in buffer 2"),
    "no offsets": (offsets(0, 5, buffers=[None, None, DATA]), "expected 8 bytes in buffer 1"),
    "view past the end": (
        strings([view(13, b"89ab", 0, 8)]),
        "view 0 is of 13 bytes from byte 8 of buffer 0, of which",
    ),
    "view before the start": (strings([view(13, b"0123", 0, -1)]), "view 0 is of 13 bytes from byte -1 of buffer 0"),
    "view of a buffer too much": (strings([view(13, b"0123", 1, 0)]), "of buffer 1, of which there are not so many"),
    "view of a negative buffer": (strings([view(13, b"0123", -1, 0)]), "of buffer -1, of which"),
    "view of another beginning": (strings([view(13, b"0124", 0, 0)]), "of buffer 0, which begin otherwise"),
    "negative view": (strings([view(-1, b"", 0, 0)]), "view 0 is of -1 bytes"),
    "longest view": (strings([view(2**31 - 1, b"0123", 0, 2**31 - 1)]), "view 0 is of 2147483647 bytes"),
    "negative size": (strings([inlined(1, b"a")], sizes=np.array([-1])), "buffer 2 has a size of -1 bytes"),
    "no views": ({"format": "vu", "length": 1, "buffers": [None, None, NOTHING]}, "expected 16 bytes in buffer 1"),
    "no sizes": (strings([inlined(1, b"a")], sizes=None), "expected 8 bytes in buffer 3 of 4, found none"),
    "fewer buffers than a view has": (
        {"format": "vu", "length": 1, "buffers": [None, DATA]},
        "expected 3 buffers, found 2",
    ),
    "times": (numbers(format="tsn:", buffers=[None, None]), "expected 24 bytes"),
}


def build(foreign, arguments):
    arguments = dict(arguments)
    arguments["children"] = [build(foreign, child) for child in arguments.get("children", ())]
    if "dictionary" in arguments:
        arguments["dictionary"] = build(foreign, arguments["dictionary"])
    return foreign(**arguments)


@pytest.mark.parametrize("name", WRONG_STRUCTS)
def test_wrong_structs(foreign, name):
    arguments, message = WRONG_STRUCTS[name]
    with pytest.raises(MalformedArrow, match=message):
        Column.from_arrow(build(foreign, arguments))


@pytest.mark.parametrize("name", WRONG_ARRAYS)
def test_wrong_arrays(foreign, name):
    arguments, message = WRONG_ARRAYS[name]
    array = build(foreign, {**arguments, "name": "x"})
    with pytest.raises(MalformedArrow, match=f"^row 0: .*{message}"):
        Column.from_arrow(array)
    with pytest.raises(MalformedArrow, match=f"^column 'x', row 0: .*{message}"):
        Columns.from_arrow(foreign("+s", array.length, [None], children=[array]))


def test_wrong_tables(foreign):
    child = lambda **more: build(foreign, numbers(name="x", **more))  # noqa: E731
    for struct_, message in (
        (foreign("+s", 4, [None], children=[child()]), "column 'x', row 0: expected 4 values, found 3"),
        (foreign("+s", 3, [None], children=[child()], offset=1), "column 'x', row 0: expected 4 values, found 3"),
        (foreign("+s", 3, [None], children=[child()], wrong={"n_children": 0}), "a struct of 1 children, found 0"),
        (foreign("+s", 3, [None], children=[child()], null_count=2), "expected the validity of 2 nulls"),
    ):
        with pytest.raises(MalformedArrow, match=message):
            Columns.from_arrow(struct_)
        assert struct_.released == ["+s"]


def test_counts_are_hints(foreign):
    """Right data, with everything that a producer may leave out or say differently."""
    for arguments, values in (
        (numbers(null_count=-1), [0, 1, 2]),
        (numbers(null_count=2, length=0), []),
        (numbers(null_count=7, buffers=[np.array([255], np.uint8), np.arange(3)]), [0, 1, 2]),
        (numbers(null_count=0, buffers=[np.array([5], np.uint8), np.arange(3)]), [0, None, 2]),
        (numbers(length=1, offset=1, buffers=[np.array([2], np.uint8), np.arange(3)]), [1]),
        (numbers(length=0, buffers=[None, None]), []),
        ({"format": "u", "length": 0, "buffers": [None, None, None]}, []),
        ({"format": "vu", "length": 0, "buffers": [None, None, None]}, []),
        (offsets(0, 0, buffers=[None, np.zeros(2, np.int32), None]), [""]),
        (strings([inlined(2, b"ab")], buffers=[], sizes=None), ["ab"]),
        (strings([inlined(2, b"ab"), view(13, b"0123", 0, 0)]), ["ab", "0123456789abc"]),
        (codes(0, 1, offset=1, length=1), ["1"]),
    ):
        assert Column.from_arrow(build(foreign, arguments)).to_list() == values


def test_untidy_views_are_tidied(foreign):
    """Bytes behind an inlined value, and anything under a null: a column compares views as they are."""
    views = [inlined(2, b"ab and more"), view(-7, b"????", 9, -9), inlined(1, b"a"), view(14, b"0123", 0, 0)]
    arguments = strings(views)
    arguments["buffers"][0] = np.array([0b1101], np.uint8)
    column = Column.from_arrow(build(foreign, arguments))
    assert column.to_list() == ["ab", None, "a", "0123456789abcd"]
    assert column.values == Column.from_values("str", column.to_list()).values
    assert column.take([0]).values == Column.from_values("str", ["ab"]).values
    tidy = np.frombuffer(column.values._arrow_buffers()[1][1], np.uint8)
    assert tidy.reshape(-1, 16)[:2].tobytes() == inlined(2, b"ab").tobytes() + bytes(16)
    arguments = offsets(0, 5, 20)
    arguments["buffers"][0] = np.array([0b10], np.uint8)
    column = Column.from_arrow(build(foreign, arguments))
    assert np.frombuffer(column.values._arrow_buffers()[1][1], np.uint8)[:16].tobytes() == bytes(16)


class Changed:
    """An array whose C structs are changed before they are passed on."""

    def __init__(self, array, change):
        self.array, self.change = array, change

    def __arrow_c_array__(self, requested_schema=None):
        capsules = self.array.__arrow_c_array__()
        self.change(self.array.c_schema, self.array.c_array)
        return capsules


def test_unaligned_values_are_copied(foreign):
    def shift(schema, array):
        array.buffers[1] += 1

    memory = np.arange(32, dtype=np.uint8)
    for format, width in (("l", 8), ("vz", 16)):
        memory[:8] = 0
        array = Changed(foreign(format, 1, [None, memory] + [None] * (format == "vz")), shift)
        column = Column.from_arrow(array)
        assert column.to_list() == ([int(memory[8]) << 56] if width == 8 else [b""])
        assert column.values.flags.aligned if width == 8 else column.values == column.values.compact()


def test_wrong_schemas(foreign):
    for field, value, message in (
        ("format", None, "a schema, or a part of it, is not there"),
        ("release", None, "a schema, or a part of it, is not there"),
        ("format", b"\xff", "must be UTF-8"),
        ("name", b"\xff", "must be UTF-8"),
        ("n_children", -1, "a schema has -1 children"),
        ("n_children", 2**40, "a schema has 1099511627776 children"),
    ):
        array = Changed(
            build(foreign, numbers()), lambda schema, _, field=field, value=value: setattr(schema, field, value)
        )
        with pytest.raises(MalformedArrow, match=message):
            Column.from_arrow(array)
    nested = build(foreign, numbers())
    for _ in range(10):
        nested = foreign("+s", 3, [None], children=[nested])
    with pytest.raises(MalformedArrow, match="at depth 8"):
        Columns.from_arrow(nested)


@given(st.lists(st.builds(view, st.integers(-2, 25), st.binary(max_size=4), st.integers(-1, 2), st.integers(-2, 30))))
def test_any_views(foreign, views):
    """Either refused, or read as what they say."""
    if not views:
        return
    try:
        column = Column.from_arrow(foreign(**strings(views, format="vz")))
    except MalformedArrow:
        return
    for value, raw in zip(column, views, strict=True):
        length, _, _, offset = struct.unpack("<i4sii", raw.tobytes())
        assert value == (raw.tobytes()[4:][:length] if length <= 12 else DATA.tobytes()[offset:][:length])
