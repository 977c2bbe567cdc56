"""The decision curve: what acting on the model is worth at each threshold, beside treating all and treating none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fyr.learn.report.axes import Plane, Scale
from fyr.learn.report.drawing import Area, Label, Line, Mark, Picture
from fyr.learn.report.numbers import percent

__all__ = ["benefit_plot"]

_WIDTH, _HEIGHT = 520.0, 280.0
_LEFT, _TOP, _RIGHT, _BELOW = 62.0, 14.0, 96.0, 46.0


def benefit_plot(net_benefit: Mapping[str, Any]) -> Picture | None:
    """Draw the decision curve, as far as somebody is above the threshold."""
    curve = sorted(
        (one for one in net_benefit.get("curve") or [] if one.get("estimate") is not None),
        key=lambda one: float(one["threshold"]),
    )
    if len(curve) < 3:
        return None
    useful = [place for place, one in enumerate(curve) if abs(one["estimate"]) > 1e-9]
    curve = curve[: (useful[-1] + 2 if useful else len(curve))]
    highest = max(max(one["estimate"], one.get("high") or 0.0, one.get("treat_all") or 0.0) for one in curve)
    top = max(highest * 1.08, 0.01)
    low = -0.18 * top
    right = float(curve[-1]["threshold"])
    plane = Plane(Scale(0, right, _LEFT, _LEFT + _WIDTH), Scale(low, top, _TOP + _HEIGHT, _TOP))
    marks: list[Mark] = plane.axes(
        "Risk from which one would act (threshold)",
        "Net benefit per 100 patients",
        x_text=percent,
        y_text=lambda value: f"{100 * value:.3g}".replace("-", "\N{MINUS SIGN}"),
    )
    thresholds = [one["threshold"] for one in curve]
    both = [one for one in curve if one.get("low") is not None and one.get("high") is not None]
    if len(both) > 2:
        xs = [one["threshold"] for one in both]
        lows, highs = [max(one["low"], low) for one in both], [one["high"] for one in both]
        marks.append(Area(plane.band(xs, lows, highs), "model", 0.18))
    everyone = [one for one in curve if one.get("treat_all") is not None]
    shown = [one for one in everyone if one["treat_all"] >= low]
    if shown:
        marks.append(
            Line(
                plane.line([one["threshold"] for one in shown], [one["treat_all"] for one in shown]),
                "quiet",
                1.5,
                (5, 3),
            )
        )
    marks.append(Line([plane.place(0, 0), plane.place(right, 0)], "quiet", 1.5))
    marks.append(Line(plane.line(thresholds, [one["estimate"] for one in curve]), "model", 2.25))
    end = _LEFT + _WIDTH + 6
    marks.append(Label(end, plane.y(0) + 16, "treat nobody", size=10, colour="quiet"))
    marks.append(
        Label(
            end, min(plane.y(curve[-1]["estimate"]), plane.y(0)) - 4, "this model", size=10, colour="model", bold=True
        )
    )
    if shown:
        last = shown[-1]
        x, y = plane.place(last["threshold"], last["treat_all"])
        marks.append(Label(x + 6, min(y, _TOP + _HEIGHT - 4), "treat everybody", size=10, colour="quiet"))
    at = net_benefit.get("threshold")
    if at is not None and 0 < at < right:
        marks.append(Line([(plane.x(at), _TOP), (plane.x(at), _TOP + _HEIGHT)], "ink", 0.75, (2, 3)))
        marks.append(Label(plane.x(at) + 4, _TOP + 8, f"{percent(at)}", size=10))
    said = _in_words(net_benefit)
    return Picture(_LEFT + _WIDTH + _RIGHT, _TOP + _HEIGHT + _BELOW, "Decision curve", said, marks)


def _in_words(net_benefit: Mapping[str, Any]) -> str:
    at, here = net_benefit.get("threshold"), net_benefit.get("estimate")
    told = "Net benefit of acting on the model at each threshold, beside treating everybody and nobody."
    if at is None or here is None:
        return told
    everyone = net_benefit.get("treat_all")
    other = "" if everyone is None else f", treating everybody {100 * everyone:.1f}"
    return f"{told} At {percent(at)}: the model {100 * here:.1f} per 100 patients{other}, treating nobody 0."
