"""The public API is what `__all__` says, no more and no less, and every name in it is explained."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from itertools import pairwise
from types import ModuleType

import pytest

import fyr

PUBLIC_NAMES = [
    "Access",
    "BadInput",
    "Encounter",
    "Estimate",
    "Finding",
    "FyrError",
    "Model",
    "ModelCard",
    "ModelReference",
    "NotPermitted",
    "Observation",
    "PatientId",
    "Policy",
    "Record",
    "Refusal",
    "Refused",
    "Series",
    "ServiceUnavailable",
    "Status",
    "UsageError",
    "__version__",
    "load_policy",
]


def public_modules() -> list[str]:
    names = ["fyr"]
    for module in pkgutil.walk_packages(fyr.__path__, "fyr."):
        parts = module.name.split(".")
        if not any(part.startswith("_") for part in parts) and "migrations" not in parts:
            names.append(module.name)
    return names


@pytest.fixture(params=public_modules())
def module(request: pytest.FixtureRequest) -> ModuleType:
    return importlib.import_module(request.param)


def test_the_flat_api_is_this():
    assert sorted(fyr.__all__) == PUBLIC_NAMES
    assert set(PUBLIC_NAMES) <= set(dir(fyr))


@pytest.mark.parametrize("name", [name for name in PUBLIC_NAMES if name != "__version__"])
def test_a_flat_name_is_the_thing_that_its_room_defines(name):
    found = getattr(fyr, name)
    assert getattr(importlib.import_module(found.__module__), name) is found


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="Diagnosis"):
        _ = fyr.Diagnosis


def test_a_module_says_what_it_is_and_what_it_offers(module):
    assert module.__doc__, f"{module.__name__} has no docstring"
    if module.__name__.endswith("__main__") or is_bare_package(module):
        return
    assert hasattr(module, "__all__"), f"{module.__name__} has no __all__"
    assert len(set(module.__all__)) == len(module.__all__)
    missing = [name for name in module.__all__ if not hasattr(module, name)]
    assert missing == []


def test_what_a_module_defines_in_public_is_in_its_all(module):
    """A public class or function that `__all__` forgets would be an API by accident."""
    if module.__name__.startswith("fyr.serve.routes."):
        return  # a route's function is public at its address, not by its name
    offered = set(getattr(module, "__all__", ()))
    defined = {
        name
        for name, thing in vars(module).items()
        if not name.startswith("_")
        and (inspect.isclass(thing) or inspect.isfunction(thing))
        and thing.__module__ == module.__name__
    }
    assert defined - offered == set()


def test_every_public_callable_is_explained(module):
    unexplained = []
    for name in getattr(module, "__all__", ()):
        thing = getattr(module, name)
        if not (inspect.isclass(thing) or inspect.isfunction(thing)):
            continue
        if not is_written_docstring(thing):
            unexplained.append(name)
        if inspect.isclass(thing):
            unexplained += [
                f"{name}.{attribute}"
                for attribute, member in vars(thing).items()
                if not attribute.startswith("_")
                and is_callable_member(member)
                and not inherits_docstring(thing, attribute)
            ]
    assert unexplained == []


def test_numpydoc_sections_are_underlined(module):
    """A section whose underline is missing is read as prose: `Parameters`, `Returns`, `Raises` and the like."""
    sections = re.compile(r"^\s*(Parameters|Returns|Yields|Raises|Notes|References|Examples|Attributes)\s*$")
    broken = []
    for name in getattr(module, "__all__", ()):
        lines = (inspect.getdoc(getattr(module, name)) or "").splitlines()
        broken += [
            f"{name}: {line}"
            for line, following in pairwise([*lines, ""])
            if sections.match(line) and not re.match(r"^\s*-{3,}\s*$", following)
        ]
    assert broken == []


def is_bare_package(module: ModuleType) -> bool:
    """Tell whether it is a room with nothing in it yet, or a folder of data files."""
    return hasattr(module, "__path__") and not any(
        inspect.isclass(thing) or inspect.isfunction(thing) for thing in vars(module).values()
    )


def is_written_docstring(thing: object) -> bool:
    """Tell a person's docstring from the signature that a dataclass writes for itself."""
    text = inspect.getdoc(thing) or ""
    return bool(text) and not text.startswith(f"{getattr(thing, '__name__', '')}(")


def is_callable_member(member: object) -> bool:
    return inspect.isfunction(member) or isinstance(member, classmethod | staticmethod | property)


def inherits_docstring(owner: type, attribute: str) -> bool:
    """Tell whether a method has a docstring, its own or that of the method it overrides."""
    return bool(inspect.getdoc(getattr(owner, attribute)))
