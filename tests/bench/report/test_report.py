"""`fastpaths report`: what each kind of file says on the page, without a browser."""

import html.parser
import json
import re

import pyperf
import pytest
import vl_convert

from fastpaths.bench.errors import BenchError
from fastpaths.bench.report import command
from fastpaths.bench.report.charts import SPECS
from fastpaths.bench.report.measured import along_numbers
from fastpaths.bench.report.sources import sections

pytestmark = pytest.mark.once


class Reader(html.parser.HTMLParser):
    """The words of a page, its identifiers, and what it refers to."""

    def __init__(self):
        super().__init__()
        self.words, self.ids, self.references, self.inside = [], [], [], ""

    def handle_starttag(self, tag, attributes):
        about = dict(attributes)
        self.inside = tag
        if "id" in about:
            self.ids.append(about["id"])
        self.references += [
            about[name] for name in ("src", "href", "aria-controls", "aria-labelledby") if name in about
        ]

    def handle_data(self, data):
        if self.inside not in ("script", "style"):
            self.words.append(data)

    @property
    def text(self):
        return re.sub(r"\s+", " ", "".join(self.words))


@pytest.fixture(scope="session")
def page(everything, tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "report.html"
    assert command.run([*map(str, everything), "-o", str(path), "--title", "A <title>"], "fastpaths report") == 0
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def read(page):
    reader = Reader()
    reader.feed(page)
    return reader


@pytest.mark.parametrize(
    "words",
    [
        "A <title>",
        "4 of 4 answers verified",
        "3.00x faster",
        "v1 against v1",
        "1 regressed, 1 unchanged, 1 failed",
        "it failed",
        "2.01x faster",
        "O(1) an item",
        "excellent (< 100 MB)",
        "2 pauses (1 of generation 0, 1 of generation 2)",
        "Comparable with embedded ones only",
        "1,000 samples: response-1.",
        "every record of every run arrived once",
        "2 answers verified before timing",
        "g/h raised",
        "5.00x faster",
        "0 of 1 equal pairs",
        "1 ratio",
        "1 profile",
        "1 answer verified before sampling",
        "python version",
        "broker kind",
        "+10.61 % [+10.46 %, +10.75 %]",
        "+200.00 % [+184.77 %, +216.04 %]",
        "In one file only: g/f[rows=1000], g/new",
        "<img src=x onerror=alert(1)>",
    ],
)
def test_what_the_files_say_is_on_the_page(read, words):
    assert words in read.text


def test_every_reference_is_to_the_page_itself(read):
    assert len(read.ids) == len(set(read.ids))
    assert {reference.lstrip("#") for reference in read.references} <= set(read.ids)


def test_nothing_in_a_name_runs_as_a_script(page):
    assert "<img src=x" not in page
    assert page.count("</script>") == 2  # of the data, and of the page's own


def charts_of(path):
    return [
        chart
        for section in sections(path)
        for charts in (
            section.charts,
            *(table.charts for table in section.tables),
            *(row.charts for table in section.tables for row in table.rows),
        )
        for chart in charts
    ]


def test_every_chart_has_its_columns_and_a_caption(everything):
    found = [chart for path in everything for chart in charts_of(path)]
    assert {chart.spec for chart in found} == set(SPECS)
    for chart in found:
        assert chart.caption
        assert len({len(column) for column in chart.columns.values()}) == 1
        fields = set(re.findall(r'"field": "(\w+)"', json.dumps(SPECS[chart.spec])))
        assert fields <= set(chart.columns)


@pytest.mark.parametrize("name", SPECS)
def test_every_specification_compiles(name):
    vega = vl_convert.vegalite_to_vega({"data": {"values": []}, **SPECS[name]})
    assert vega["marks"]


def test_every_process_is_in_the_picture(times):
    chart = charts_of(times)[0]
    assert chart.columns["process"] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert len(chart.columns["y"]) == 10


def test_a_curve_ends_where_no_sample_lies_beyond(latency):
    (chart,) = charts_of(latency)
    for beyond, seconds in zip(chart.columns["beyond"], chart.columns["y"], strict=True):
        assert seconds == pytest.approx(0.01 * (1 - 1 / beyond), rel=0.02, abs=2e-5)  # evenly up to 10 ms
    assert 500 <= max(chart.columns["beyond"]) <= 2000


def test_what_is_read_less_often_holds_until_the_end(profile, tmp_path):
    data = json.loads(profile.read_text())
    place = data["profiles"][0]["sample_fields"].index("uss")
    for sample in data["profiles"][0]["samples"][1:]:
        sample[place] = None
    (tmp_path / "profile.json").write_text(json.dumps(data))
    columns = charts_of(tmp_path / "profile.json")[0].columns
    uss = [(t, y) for t, series, y in zip(*map(columns.get, ("t", "series", "y")), strict=True) if series == "USS"]
    assert uss == [(0, 10**6), (4.9, 10**6)]


@pytest.mark.parametrize("named", [False, True])
def test_a_log_beside_its_file_is_shown_once(latency, named):
    given = [latency, latency.with_suffix(".hdr")] if named else [latency]
    titles = [section.title for path in given for section in sections(path, [path.resolve() for path in given])]
    assert titles == ["Latency", "Latency percentiles"]


def test_files_of_one_name_are_told_apart_and_each_is_shown_once(times, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("times.json", "a/times.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(times.read_bytes())
    command.run(["times.json", "a/times.json", "times.json"], "fastpaths report")
    reader = Reader()
    reader.feed((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert len(reader.ids) == len(set(reader.ids))
    assert reader.text.count("Times times.json") == reader.text.count("Times a/times.json") == 3  # card, section, build


def kafka_runs(client, *more, statistic="p50"):
    about = {"name": f"kafka/x/{client}/{statistic}", "unit": "second", "client": client, "broker_kind": "apache"}
    about["latency_from"] = "intended send time"
    return pyperf.Benchmark([pyperf.Run([1e-3], metadata={**about, **one}, collect_metadata=False) for one in more])


def test_runs_that_ended_early_are_told_and_facts_are_those_of_all(tmp_path):
    ended = {"incomplete": "interrupted"}
    pyperf.BenchmarkSuite([kafka_runs("a", {}, {}, ended), kafka_runs("b", {}, {})]).dump(str(tmp_path / "a.json"))
    (section,) = sections(tmp_path / "a.json")
    assert section.notes == ["kafka/x/a: 1 of 3 runs ended early (interrupted)"]
    assert section.verified == "every record that was sent arrived once, whole and in order"
    assert section.facts == {"broker_kind": "apache"}
    assert (section.title, section.summary) == ("Latency", {"runs": 5})
    assert "From the intended send time on." in section.intro[0]


def test_a_file_of_throughputs_says_nothing_of_percentiles(tmp_path):
    found = [kafka_runs(client, {}, {}, statistic="throughput") for client in "ab"]
    pyperf.BenchmarkSuite(found).dump(str(tmp_path / "a.json"))
    (section,) = sections(tmp_path / "a.json")
    assert (section.title, section.intro, section.summary) == ("Throughput", [], {"runs": 4})
    assert [row.cells for row in section.tables[1].rows] == [["throughput", *["1.00 k messages/s"] * 3, "2"]]


def test_parameters_that_are_numbers_make_a_series():
    assert list(along_numbers("g/f[rows=100,kind=a]")) == [("g/f[kind=a]", "rows", 100)]
    assert list(along_numbers("g/f[a=1,b=2]")) == [("g/f[b=2]", "a", 1), ("g/f[a=1]", "b", 2)]
    assert not list(along_numbers("g/f"))


def test_a_thousand_cases_are_a_small_page(many, tmp_path, capsys):
    command.run([str(many), "-o", str(tmp_path / "many.html")], "fastpaths report")
    assert (tmp_path / "many.html").stat().st_size < 8_000_000
    assert "MB" in capsys.readouterr().out


def test_bytes_are_shown_beside_times(tmp_path):
    run = pyperf.Run([5e6], metadata={"name": "memory/x", "unit": "byte"}, collect_metadata=False)
    pyperf.BenchmarkSuite([pyperf.Benchmark([run])]).dump(str(tmp_path / "memory.json"))
    (found,) = sections(tmp_path / "memory.json")
    assert found.tables[0].rows[0].cells == ["memory/x", "5,000,000 bytes"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("absent.json", None, "cannot read .*absent.json: No such file"),
        ("text.json", "hello", "is not JSON"),
        ("list.json", "[]", "is no result, which a report cannot show; it shows files that fastpaths look"),
        ("other.json", '{"format": "something"}', "is something, which a report cannot show"),
        ("half.json", '{"format": "fastpaths-versus"}', "lacks what its format should have: KeyError: 'ratios'"),
        (
            "newer.json",
            '{"format": "fastpaths-versus", "schema": 99}',
            "of schema 99, and this fastpaths reads schema 1",
        ),
        ("text.hdr", "hello", "is not a log of HDR histograms"),
        ("text.json.gz", "hello", "is not a pyperf file"),
    ],
)
def test_what_cannot_be_shown_is_refused_in_a_sentence(tmp_path, name, content, words):
    if content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(BenchError, match=words):
        list(sections(tmp_path / name))
