"""The histograms of a view's structures: taken once, for the curves that are drawn and for the models alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fyr.errors import BadInput
from fyr.imaging.plane_stack import Between
from fyr.imaging.structure_set import Structure
from fyr.imaging.volume import DoseGrid
from fyr.serve.viewing.plane_document import between_of
from fyr.serve.viewing.viewing import Viewing
from fyr.serve.viewing.views import View

if TYPE_CHECKING:
    from fyr.treat.dvh import Dvh

__all__ = ["Curve", "curves_of"]

_BYTES: Final = 4 << 10


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """A structure's histogram, or why there is none.

    Parameters
    ----------
    dvh : Dvh or None
    problem, mend : str
    """

    dvh: Dvh | None
    problem: str = ""
    mend: str = ""

    def given(self) -> Dvh:
        """Return the histogram; :class:`BadInput` if there is none."""
        if self.dvh is None:
            raise BadInput(self.problem, mend=self.mend)
        return self.dvh


def curves_of(viewing: Viewing, view: View) -> tuple[Curve, ...]:
    """Return the histograms of a view that has structures and a dose, in the order of the structures."""
    if view.dose is None or view.structure_set is None:
        raise BadInput("the view lacks structures or a dose", mend="choose a view that has both")
    dose, drawn = viewing.dose(view.dose), viewing.structure_set(view.structure_set)
    between = between_of(drawn, viewing, view)
    key = ("curves", view.structure_set.sha256, view.dose.sha256, between)
    return viewing.kept.get(key, lambda: viewing.compute(_curves, drawn.structures, dose, between), _size)


def _curves(structures: Sequence[Structure], dose: DoseGrid, between: Between) -> tuple[Curve, ...]:
    """Take the dose in every structure; done in a process of its own."""
    return tuple(_curve(one, dose, between) for one in structures)


def _curve(structure: Structure, dose: DoseGrid, between: Between) -> Curve:
    from fyr.treat.dvh import dose_volume_histogram

    try:
        return Curve(dose_volume_histogram(structure, dose, between))
    except BadInput as problem:
        return Curve(None, problem.what, problem.mend)


def _size(curves: Sequence[Curve]) -> int:
    return sum(_BYTES + (0 if one.dvh is None else one.dvh.histogram_cm3.nbytes) for one in curves)
