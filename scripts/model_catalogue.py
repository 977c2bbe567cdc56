"""Write the model catalogue, a page for each card and an index, for the documentation.

    python scripts/model_catalogue.py [FOLDER]        (docs/reference/models unless told otherwise)

The same cards give the same bytes. A page of a model that is no longer there is removed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from fyr.models import ModelCard, ModelInput, ModelOutput, models, problems

NOTICE = "Research software, not a medical device."
_MOST_SHOWN = 20_000
GENERATED = "<!-- Generated from the model cards by scripts/model_catalogue.py: edit the card, not this page. -->"


def main() -> None:
    """Write the catalogue into the folder named on the command line."""
    home = Path(__file__).resolve().parents[1]
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else home / "docs" / "reference" / "models"
    broken = problems()
    if broken:
        sys.exit("\n".join(f"model_catalogue: {problem}" for problem in broken.values()))
    cards = {name: model.card for name, model in models().items()}
    pages = {f"{name}.md": "\n".join(model_page(name, card)) for name, card in cards.items()}
    pages["index.md"] = "\n".join(index_page(cards))
    folder.mkdir(parents=True, exist_ok=True)
    for stale in folder.glob("*.md"):
        if stale.name not in pages:
            stale.unlink()
    for name, text in pages.items():
        (folder / name).write_text(f"{text}\n", encoding="utf-8")
    print(f"model_catalogue: {len(cards)} models in {folder}")


def index_page(cards: dict[str, ModelCard]) -> Iterator[str]:
    """Yield the lines of the index."""
    yield GENERATED
    yield "# Models\n"
    yield f"Every number that Fyr shows comes from one of these. {NOTICE}\n"
    yield "| Model | Version | What it is | Gives |"
    yield "|---|---|---|---|"
    for name, card in cards.items():
        gives = ", ".join(f"`{output.name}`" for output in card.outputs)
        yield f"| [{name}]({name}.md) | {_cell(card.version)} | {_cell(card.title)} | {gives} |"
    yield "\nTo add one: a class with a card and a `compute` (`fyr.models.contract`), and an entry point `fyr.models`."


def model_page(name: str, card: ModelCard) -> Iterator[str]:
    """Yield the lines of one model's page."""
    yield GENERATED
    yield f"# {card.title}\n"
    yield f"`{card.name}` version {card.version}, digest `{card.digest}`. {NOTICE}\n"
    for heading, text in (
        ("Intended use", card.intended_use),
        ("Not for", card.not_for),
        ("Validity", card.validity),
        ("Evidence", card.evidence),
    ):
        if text:
            yield f"**{heading}.** {text}\n"
    yield "## Inputs\n"
    yield "| Input | Title | Accepts | Code | If missing |"
    yield "|---|---|---|---|---|"
    yield from map(_input_row, card.inputs)
    yield "\n## Outputs\n"
    yield "| Output | Title | Unit | Interval | Code |"
    yield "|---|---|---|---|---|"
    yield from map(_output_row, card.outputs)
    yield "\n## Explanation\n"
    yield card.explanation
    yield "\n## Run it\n"
    yield f"```\nfyr models run {name} --input rows.csv --output out.csv --explain\n```\n"
    yield "## Parameters\n"
    parameters = _json(card.as_dict()["parameters"])
    if len(parameters) > _MOST_SHOWN:
        yield f"Too many to print here. `fyr models card {name} --json` gives them all.\n"
    else:
        yield f"```json\n{parameters}\n```\n"
    yield "## Source\n"
    yield f"{card.citation}\n"
    yield f"**Licence.** {card.licence}"


def _input_row(entry: ModelInput) -> str:
    also = "; ".join(f"{alias} = {target}" for alias, target in entry.aliases.items())
    accepts = f"{entry.accepted} ({also})" if also else entry.accepted
    missing = f"{'refused: ' if entry.required else ''}{entry.missing}"
    return (
        f"| `{entry.name}` | {_cell(entry.title)} | {_cell(accepts)} | {_cell(entry.code or '')} | {_cell(missing)} |"
    )


def _output_row(output: ModelOutput) -> str:
    interval = f"{output.level:.0%}: `{output.name}_low`, `{output.name}_high`" if output.interval else ""
    return (
        f"| `{output.name}` | {_cell(output.title)} | {_cell(output.unit)} | {interval} | {_cell(output.code or '')} |"
    )


def _json(value: object, margin: str = "") -> str:
    """Write JSON with a line for each entry of an object, and lists on one line."""
    if not isinstance(value, dict) or not value:
        return json.dumps(value, ensure_ascii=False)
    inner = f"{margin}  "
    entries = ",\n".join(f"{inner}{json.dumps(key)}: {_json(entry, inner)}" for key, entry in value.items())
    return f"{{\n{entries}\n{margin}}}"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    main()
