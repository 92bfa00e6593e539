"""Vega-Lite specifications, one a kind of picture. The page's script adds the data and the width.

Colours are the page's own (CSS variables), so that a picture follows it into dark mode and onto paper. Series differ by
shape or dash as well: nothing is told by colour alone.
"""

from __future__ import annotations

from typing import Any

_SERIES = {"range": [f"var(--series-{n})" for n in range(1, 7)]}
_DASHES = {"range": [[1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [1, 4], [12, 3]]}
_SECONDS = {"format": ".3~s", "labelExpr": "datum.label && datum.label + 's'"}
_PERCENT = {"format": "+.1%"}
_LEGEND = {"orient": "bottom"}
_ABOVE = {  # each name over its bar, in two lines where it has parameters: beside it the longest leave no room
    "labelAlign": "left",
    "labelPadding": -14,
    "labelOffset": -27,
    "labelExpr": "split(replace(datum.label, ' [', '\\n['), '\\n')",
    "ticks": False,
}


def _by_series(title: str | None = None) -> dict[str, Any]:
    about = {"field": "series", "type": "nominal", "title": title, "sort": None, "legend": _LEGEND}
    return {"color": about | {"scale": _SERIES}, "strokeDash": about | {"scale": _DASHES}}


def _quantity(field: str, title: str = "", log: bool = False, **more: Any) -> dict[str, Any]:
    scale = {"type": "log", "nice": False, "padding": 10} if log else {"zero": False}
    return {"field": field, "type": "quantitative", "title": title, "scale": scale, **more}


_TIME = _quantity("t", "seconds", scale={"zero": False, "nice": False})  # it ends where the data do


def _log_log(title: str, axis: dict[str, Any]) -> dict[str, Any]:
    return {
        "height": 240,
        "mark": {"type": "line", "point": True},
        "encoding": {
            "x": _quantity("n", "N", log=True, axis={"format": ".3~s", "labelOverlap": True}),
            "y": _quantity("y", title, log=True, axis=axis | {"labelOverlap": True}),
            **_by_series("case"),
        },
    }


def _over_time(title: str, axis: dict[str, Any]) -> dict[str, Any]:
    return {
        "height": 130,
        "mark": {"type": "line", "interpolate": "step-after"},
        "encoding": {
            "x": _TIME,
            "y": _quantity("y", title, axis=axis, scale={"zero": True}),
            **_by_series(),
        },
    }


SPECS: dict[str, dict[str, Any]] = {
    # Every process is seen, and every value of it.
    "processes": {
        "height": 150,
        "layer": [
            {
                "mark": {"type": "point", "filled": True, "opacity": 0.7, "color": "var(--series-1)"},
                "encoding": {
                    "x": {
                        "field": "process",
                        "type": "ordinal",
                        "title": "process",
                        "axis": {"labelOverlap": True, "labelAngle": 0},
                    },
                    "y": _quantity("y", "time", axis=_SECONDS),
                },
            },
            {
                "mark": {"type": "rule", "strokeDash": [4, 4], "color": "var(--series-2)", "aria": False},
                "encoding": {"y": {"field": "y", "type": "quantitative", "aggregate": "mean"}},
            },
        ],
    },
    "rounds": {
        "height": 170,
        "layer": [
            {"mark": {"type": "rule", "color": "var(--ink)", "aria": False}, "encoding": {"y": {"datum": 0}}},
            {
                "transform": [{"filter": "datum.kind == 'interval'"}],
                "mark": {"type": "rule", "strokeDash": [4, 4], "color": "var(--series-2)", "aria": False},
                "encoding": {"y": _quantity("y", "B against A", axis=_PERCENT)},
            },
            {
                "transform": [{"filter": "datum.kind != 'interval'"}],
                "mark": {"type": "point", "filled": True, "size": 50},
                "encoding": {
                    "x": _quantity("round", "round", axis={"tickMinStep": 1, "format": "d"}),
                    "y": _quantity("y", "B against A", axis=_PERCENT),
                    "color": {"field": "kind", "type": "nominal", "title": None, "scale": _SERIES, "legend": _LEGEND},
                    "shape": {"field": "kind", "type": "nominal", "title": None},
                },
            },
        ],
    },
    "ratios": {
        "height": {"step": 66},
        "layer": [
            {"mark": {"type": "rule", "color": "var(--ink)", "aria": False}, "encoding": {"x": {"datum": 1}}},
            {
                "mark": {"type": "rule", "strokeWidth": 2, "color": "var(--series-1)"},
                "encoding": {
                    "y": {"field": "name", "type": "nominal", "title": None, "sort": None, "axis": _ABOVE},
                    "x": _quantity("lower", "times", log=True, axis={"labelOverlap": True}),
                    "x2": {"field": "upper"},
                },
            },
            {
                "mark": {"type": "point", "filled": True, "size": 60, "color": "var(--series-1)"},
                "encoding": {
                    "y": {"field": "name", "type": "nominal", "sort": None},
                    "x": _quantity("ratio", "times", log=True),
                },
            },
        ],
    },
    "time over N": _log_log("time an item", _SECONDS),
    "instructions over N": _log_log("instructions an item", {"format": ".3~s"}),
    "percentiles": {
        "height": 260,
        "mark": {"type": "line", "interpolate": "step-after"},
        "encoding": {
            "x": _quantity(
                "beyond",
                "percentile",
                log=True,
                axis={
                    "values": [1, 2, 10, 100, 1000, 10000, 100000],
                    "labelExpr": "'p' + format(100 * (1 - 1 / datum.value), '.3~f')",
                    "labelOverlap": True,
                },
            ),
            "y": _quantity("y", "latency", log=True, axis=_SECONDS | {"labelOverlap": True}),
            **_by_series("run"),
        },
    },
    "memory over time": _over_time("memory", {"format": ".3~s", "labelExpr": "datum.label && datum.label + 'B'"}),
    "pauses": {
        "height": 110,
        "mark": {"type": "point", "filled": True},
        "encoding": {
            "x": _TIME,
            "y": _quantity("y", "pause", axis=_SECONDS, scale={"zero": True}),
            "color": {
                "field": "generation",
                "type": "nominal",
                "title": "generation",
                "scale": _SERIES,
                "legend": _LEGEND,
            },
            "shape": {"field": "generation", "type": "nominal", "title": "generation"},
        },
    },
    "share over time": _over_time("of one core", {"format": ".0%"}),
    "rate over time": _over_time("a second", {"format": ".3~s"}),
}
