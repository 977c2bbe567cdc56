"""``--output``: what hospitals trained together, as a model's folder; and in a few words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from fyr.errors import BadInput, UsageError

if TYPE_CHECKING:
    from fyr.learn.federation.coordinator import Outcome
    from fyr.learn.federation.study import Study

__all__ = ["can_be_kept", "keep_model", "model_lines"]

_WHERE: Final = "--output"
_SHOWN: Final = 5


def can_be_kept(study: Study, folder: Path | None) -> None:
    """Refuse what could not be kept, before anything is computed.

    Raises
    ------
    UsageError
        If the method trains no model.
    BadInput
        If the folder holds something else.
    """
    from fyr.learn.federation.study_model import KEPT
    from fyr.models.folders import MANIFEST

    if folder is None:
        return
    if study.method not in KEPT:
        raise UsageError(
            f"the method '{study.method}' trains no model to keep",
            where=_WHERE,
            mend=f"leave --output out; models are trained by {', '.join(sorted(KEPT))}",
        )
    if folder.exists() and not folder.is_dir():
        raise BadInput("this is a file, not a folder", where=str(folder), mend="name another folder")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MANIFEST).is_file():
        raise BadInput("the folder holds something that is no model", where=str(folder), mend="name an empty folder")


def keep_model(folder: Path, study: Study, outcome: Outcome, sites: Sequence[str]) -> dict[str, Any]:
    """Write the model's folder, and read it back before it is said to be there.

    Raises
    ------
    BadInput
        If the result cannot be kept: a coefficient is that of a category.
    ServiceUnavailable
        If the folder cannot be written.
    """
    from fyr.learn.federation.study_model import KIND, model_files, study_model
    from fyr.models.folders import load_model_folder, write_model_folder

    model = study_model(study, outcome.result, sites=sites, transcript=outcome.transcript)
    write_model_folder(folder, KIND, model, model_files(model))
    card = load_model_folder(folder).card
    return {"folder": str(folder), "name": card.name, "version": card.version, "digest": card.digest}


def model_lines(model: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a person wants to know of a model: not its trees, but how many and of which columns.

    A column's share is that of the splits that ask about it, which is no measure of what it is worth.
    """
    objective, features = str(model.get("objective", "")).replace("_", " "), list(model.get("features", ()))
    if model.get("form") == "trees":
        trees = model["trees"]
        columns = Counter(one for tree in trees for one in tree["column"] if one >= 0)
        leaves = [sum(one < 0 for one in tree["column"]) for tree in trees]
        size = f"{min(leaves)} to {max(leaves)} leaves each" if leaves else "no leaf"
        yield f"{len(trees)} trees ({objective}), {size}"
        splits = columns.total()
        used = ", ".join(f"{features[one]} {count}" for one, count in columns.most_common(_SHOWN))
        rest = len(columns) - _SHOWN
        if splits:
            yield (
                f"splits by column: {used}" + (f", and {rest} columns more" if rest > 0 else "") + f"; {splits} in all"
            )
        never = len(features) - len(columns)
        if splits and never:
            yield f"{never} columns in no split" if never > 1 else "1 column in no split"
    else:
        layers = "".join(f" of {size}," for size in model.get("hidden", ())) or " without a hidden layer,"
        yield f"a network ({objective}){layers} {len(model.get('weights', ()))} weights, of {len(features)} columns"
