import pytest

from fastpaths.bench import Op, case
from fastpaths.bench.case import PRESETS
from fastpaths.bench.errors import BenchError


def returning(op):
    def set_up(**params):
        return op

    return set_up


def names(family, preset=None):
    return [case.name for case in family.cases() if preset is None or preset in case.presets]


def test_a_case_is_named_group_function_and_parameters():
    @case(group="lookup/str", params={"rows": [10_000, 100_000], "codec": ["lz4"]})
    def find_many(rows, codec): ...

    assert names(find_many) == [
        "lookup/str/find_many[rows=10000,codec=lz4]",
        "lookup/str/find_many[rows=100000,codec=lz4]",
    ]


def test_without_parameters_there_are_no_brackets_and_name_overrides():
    assert names(case(group="g", name="other")(returning(None))) == ["g/other"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2, 3], {"quick": [1], "default": [1, 2, 3], "production": [1, 2, 3]}),
        ({"quick": [1], "default": [2, 3], "production": [3]}, {"quick": [1], "default": [2, 3], "production": [3]}),
        ({"default": [2]}, {"quick": [], "default": [2], "production": []}),
    ],
)
def test_presets_select_values(values, expected):
    family = case(group="g", name="f", params={"n": values})(returning(None))
    assert {preset: names(family, preset) for preset in PRESETS} == {
        preset: [f"g/f[n={n}]" for n in chosen] for preset, chosen in expected.items()
    }
    assert len(names(family)) == len(set(names(family)))


def test_a_baseline_shares_group_and_parameters():
    @case(group="g", params={"n": [1, 2]})
    def subject(n): ...

    @subject.baseline
    def peer(n): ...

    @subject.baseline(name="numpy")
    def array(n): ...

    assert [(each.name, each.baseline_of) for family in (peer, array) for each in family.cases()] == [
        ("g/peer[n=1]", "g/subject[n=1]"),
        ("g/peer[n=2]", "g/subject[n=2]"),
        ("g/numpy[n=1]", "g/subject[n=1]"),
        ("g/numpy[n=2]", "g/subject[n=2]"),
    ]


def test_set_up_runs_only_when_the_case_is_made():
    made = []

    @case(group="g", params={"n": [1, 2]})
    def lazy(n):
        made.append(n)
        return Op(abs, n, expected=n)

    _, second = lazy.cases()
    assert made == []
    assert second.make().run() == 2
    assert made == [2]


def test_a_set_up_that_returns_no_op_is_refused():
    (only,) = case(group="g", name="f")(returning(5)).cases()
    with pytest.raises(BenchError, match=r"g/f: its function must return an Op, but returned 5"):
        only.make()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"group": ""}, "must not be empty"),
        ({"group": "a*"}, "hold any of"),
        ({"group": "g", "name": "a/b"}, "must not contain '/'"),
        ({"group": "g", "name": "a[b]"}, "hold any of"),
        ({"group": "g", "params": {"n": []}}, "non-empty"),
        ({"group": "g", "params": {"n": "abc"}}, "non-empty sequence"),
        ({"group": "g", "params": {"n": {"fast": [1]}}}, "unknown preset 'fast'"),
        ({"group": "g", "pairing": "none"}, "pairing must be one of"),
    ],
)
def test_bad_declarations_say_what_is_wrong(options, message):
    with pytest.raises(ValueError, match=message):
        case(**options)(returning(None))


def test_only_functions_can_be_cases():
    with pytest.raises(TypeError, match="decorate a function"):
        case(group="g", name="f")(abs)


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        ((5,), {"expected": 1}, TypeError, "function must be callable"),
        ((abs, -1), {}, TypeError, "expected"),
        ((abs, -1), {"expected": 1, "items": 0}, ValueError, "items must be at least 1"),
        ((abs, -1), {"expected": 1, "reset": 3}, TypeError, "reset must be callable"),
    ],
)
def test_bad_ops_say_what_is_wrong(arguments, options, error, message):
    with pytest.raises(error, match=message):
        Op(*arguments, **options)


def test_each_refuses_an_empty_column():
    with pytest.raises(ValueError, match="column is empty"):
        Op.each(abs, [], expected=[])


def test_run_resets_first_and_answers_last():
    numbers = []
    op = Op.each(
        numbers.append, [1, 2, 3], expected=[1, 2, 3], reset=numbers.clear, answer=lambda returned: (returned, numbers)
    )
    assert op.run() == ([None] * 3, [1, 2, 3])
    assert op.run() == ([None] * 3, [1, 2, 3])
    assert op.calls == 3


def test_close_runs_once_at_the_end():
    closed = []
    with Op(abs, -1, expected=1, close=lambda: closed.append(True)) as op:
        op.run()
        assert not closed
    assert closed == [True]
