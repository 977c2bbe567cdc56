"""Averaging over hospitals."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.learn.federation.boosting.rows import dealt, rows
from tests.learn.federation.conversing import converse

from fyr.errors import BadInput, ServiceUnavailable
from fyr.learn.federation.neural.local_training import LocalTraining, _deep, _linear, batches
from fyr.learn.federation.neural.losses import loss_and_slope
from fyr.learn.federation.neural.network import Network, first_weights
from fyr.learn.federation.neural.server import Server
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.survival.concordance import concordance

OPTIONS: dict[str, Any] = {"features": ["age", "size", "ward"], "outcome": "event", "rounds": 3, "steps": 20}


@pytest.mark.parametrize("objective", ["logistic", "squared_error", "cox"])
def test_slopes_are_differences_of_the_loss(objective: str) -> None:
    draw = np.random.default_rng(3)
    score, time = draw.normal(size=11) * 4, draw.permutation(11) + 1.0
    outcome = draw.integers(0, 2, 11).astype(np.float64)
    _, slope = loss_and_slope(objective, score, outcome, time)
    for row in range(11):
        more, less = score.copy(), score.copy()
        more[row] += 1e-6
        less[row] -= 1e-6
        rise = loss_and_slope(objective, more, outcome, time)[0] - loss_and_slope(objective, less, outcome, time)[0]
        assert slope[row] == pytest.approx(rise / 2e-6, abs=1e-8)


def test_cox_is_the_log_partial_likelihood_of_the_batch_and_stands_far_scores() -> None:
    score, time = np.array([0.3, -1.0, 2.0, 0.0]), np.array([4.0, 1.0, 3.0, 2.0])
    event = np.array([1.0, 1.0, 0.0, 1.0])
    expected = 0.0
    for row in range(4):
        if event[row]:
            expected += np.log(np.exp(score[time >= time[row]]).sum()) - score[row]
    assert loss_and_slope("cox", score, event, time)[0] == pytest.approx(expected / 4)
    loss, slope = loss_and_slope("cox", score * 1e4, event, time)
    assert np.isfinite(loss)
    assert np.isfinite(slope).all()


def test_one_site_whose_batches_hold_all_rows_goes_down_the_plain_slope() -> None:
    columns = rows(200)
    options = {**OPTIONS, "rounds": 4, "steps": 5, "batch": 200, "learning_rate": 0.3, "clip": 0, "standardise": False}
    columns["age"], columns["size"] = columns["age"] / 50, columns["size"] / 50
    model = converse("fedavg", dealt(columns, (200,)), options)["model"]
    x = np.column_stack([columns["age"], columns["size"], columns["ward"], np.ones(200)])
    plain = first_weights(3, (), 1)
    for _ in range(20):
        plain = plain - 0.3 * x.T @ (1 / (1 + np.exp(-x @ plain)) - columns["event"]) / 200
    np.testing.assert_allclose(model["weights"], plain, rtol=1e-12)


def test_changes_are_weighed_by_rows() -> None:
    columns = rows(300)
    options = {**OPTIONS, "rounds": 1, "steps": 1, "batch": 4096, "clip": 0}
    whole = converse("fedavg", dealt(columns, (300,)), options)["model"]
    parts = converse("fedavg", dealt(columns, (200, 90, 10)), options)["model"]
    np.testing.assert_allclose(parts["weights"], whole["weights"], rtol=1e-12)


def test_the_same_seed_gives_the_same_network_and_another_another() -> None:
    tables = dealt(rows(300), (200, 100))
    first = converse("fedadam", tables, OPTIONS)
    assert converse("fedadam", tables, OPTIONS) == first
    assert converse("fedadam", tables, {**OPTIONS, "seed": 2}) != first
    one, two = (np.concatenate(list(batches(10, 3, 7, 1, 0, site))) for site in ("oslo", "lund"))
    assert one.tolist() != two.tolist()
    assert sorted(one[:10].tolist()) == list(range(10))


@pytest.mark.parametrize("method", ["fedavg", "fedprox", "fedadam", "fedyogi", "fedadagrad"])
def test_every_method_learns(method: str) -> None:
    tables = dealt(rows(1500), (900, 400, 200))
    result = converse(method, tables, {**OPTIONS, "rounds": 15, "learning_rate": 0.05})
    losses = result["mean_loss_of_rounds"]
    assert losses[-1] < losses[0] - 0.005
    assert losses[-1] < 0.69


def test_fedprox_stays_nearer_to_what_was_sent() -> None:
    tables = dealt(rows(400), (200, 200))
    far = {}
    for mu in (0.0, 5.0):
        options = {**OPTIONS, "rounds": 1, "steps": 200, "mu": mu}
        far[mu] = np.linalg.norm(converse("fedprox", tables, options)["model"]["weights"] - first_weights(3, (), 1))
    assert far[5.0] < 0.5 * far[0.0]


def test_servers_follow_reddi_2021_algorithm_2() -> None:
    change, weights = np.array([0.5, -2.0]), np.zeros(2)
    for name, squares in (
        ("adam", 0.99 * (0.01 * change**2) + 0.01 * change**2),
        ("adagrad", 2 * change**2),
        ("yogi", 0.01 * change**2 + 0.01 * change**2),
    ):
        server = Server(name, 0.1, 0.9, 0.99, 1e-3, np.zeros(2), np.zeros(2))  # type: ignore[arg-type]
        after = server.next(server.next(weights, change), change)
        first = 0.1 * 0.1 * change / (np.sqrt(change**2 if name == "adagrad" else 0.01 * change**2) + 1e-3)
        second = 0.1 * (0.9 * 0.1 + 0.1) * change / (np.sqrt(squares) + 1e-3)
        np.testing.assert_allclose(after, first + second, rtol=1e-12)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"outcome": "size_after"}, "is not 0 or 1"),
        ({"objective": "ranking"}, "no objective 'ranking'"),
        ({"objective": "cox"}, "hazards need a time"),
        ({"features": []}, "needs features"),
        ({"hidden": [0]}, "hidden is"),
        ({"steps": 2.5}, "'steps' is 2.5"),
        ({"learning_rate": None}, "'learning_rate' is None"),
        ({"learning_rate": 1e5, "clip": 0, "objective": "squared_error", "outcome": "size_after"}, "run away"),
    ],
)
def test_what_cannot_be_trained_is_refused_in_words(change: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said), np.errstate(over="ignore", invalid="ignore"):
        converse("fedavg", dealt(rows(300), (200, 100)), {**OPTIONS, "steps": 400, **change})


def test_hidden_layers_without_torch_name_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    with pytest.raises(ServiceUnavailable, match=r"fyr\[deep\]"):
        converse("fedavg", dealt(rows(300), (200, 100)), {**OPTIONS, "hidden": [4]})


def test_torch_finds_the_slopes_of_the_plain_network() -> None:
    pytest.importorskip("torch", reason="the extra 'deep' is not installed")
    draw = np.random.default_rng(1)
    x, outcome, time = draw.normal(size=(9, 3)), draw.integers(0, 2, 9).astype(np.float64), draw.random(9)
    how = LocalTraining("cox", (), 1, 9, 0.1, 0.0, 0.0, 0.0)
    weights = first_weights(3, (), 1)
    loss, slope = _deep(weights, x, outcome, time, how)
    plain_loss, plain = _linear(weights, x, outcome, time, how)
    assert loss == pytest.approx(plain_loss, rel=1e-12)
    np.testing.assert_allclose(slope, plain, rtol=1e-10, atol=1e-14)
    deep = LocalTraining("logistic", (4, 3), 1, 9, 0.1, 0.0, 0.0, 0.0)
    weights = first_weights(3, (4, 3), 1)
    _, slope = _deep(weights, x, outcome, time, deep)

    def loss_at(some: np.ndarray) -> float:
        score = Network(("a", "b", "c"), np.zeros(3), np.ones(3), (4, 3), some).score(x)
        return loss_and_slope("logistic", score, outcome, time)[0]

    for place in range(len(weights)):
        step = np.zeros(len(weights))
        step[place] = 1e-6
        assert slope[place] == pytest.approx((loss_at(weights + step) - loss_at(weights - step)) / 2e-6, abs=1e-7)


def test_a_network_with_hidden_layers_finds_what_a_line_cannot() -> None:
    pytest.importorskip("torch", reason="the extra 'deep' is not installed")
    columns = rows(3000)
    columns["event"] = (np.abs(columns["age"] - 55) < 17).astype(np.float64)
    options = {**OPTIONS, "rounds": 30, "steps": 60, "learning_rate": 0.2}
    tables = dealt(columns, (2000, 1000))
    line = converse("fedavg", tables, options)["mean_loss_of_rounds"][-1]
    deep = converse("fedavg", tables, {**options, "hidden": [8]})
    assert deep["mean_loss_of_rounds"][-1] < 0.5 * line
    assert converse("fedavg", tables, {**options, "hidden": [8]}) == deep


def _brca(folder: Path) -> tuple[list[str], dict[str, SiteTable], SiteTable]:
    with (folder / "brca.csv").open() as file:
        patients = {row["pid"]: row for row in csv.DictReader(file)}
    folds: dict[str, list[str]] = defaultdict(list)
    with (folder / "train_test_split.csv").open() as file:
        for row in csv.DictReader(file):
            folds[row["fold2"]].append(row["pid"])
    columns = [name for name in next(iter(patients.values())) if name != "pid"]

    def table(name: str, some: list[str]) -> SiteTable:
        values = {one: np.array([float(patients[pid][one]) for pid in some]) for one in columns}
        return SiteTable(name, values)

    train = {f"train_{one}": table(f"train_{one}", folds[f"train_{one}"]) for one in range(6)}
    test = table("test", [pid for one in range(6) for pid in folds[f"test_{one}"]])
    return [name for name in columns if name not in ("E", "T")], train, test


@pytest.mark.real
@pytest.mark.parametrize(
    ("method", "options", "published"),
    [
        ("fedadam", {"learning_rate": 0.01, "server_learning_rate": 0.1, "beta2": 0.999, "tau": 1e-8}, 0.842),
        ("fedyogi", {"learning_rate": 0.01, "server_learning_rate": 0.1, "beta2": 0.999, "tau": 1e-8}, 0.842),
        ("fedadagrad", {"learning_rate": 0.01, "server_learning_rate": 1.0, "tau": 1e-8}, 0.834),
    ],
)
def test_flamby_s_figures_for_fed_tcga_brca_come_again(
    data_folder: Path, method: str, options: dict[str, float], published: float
) -> None:
    features, train, test = _brca(data_folder / "learn" / "fed_tcga_brca")
    shared = {"features": features, "outcome": "E", "time": "T", "rounds": 5, "steps": 100, "batch": 8}
    x = np.column_stack([test.numbers(name) for name in features])
    found = []
    for seed in range(42, 47):
        result = converse(method, train, {**shared, **options, "standardise": False, "clip": 0, "seed": seed})
        score = Network.from_dict(result["model"]).score(x)
        found.append(concordance(test.numbers("T"), test.numbers("E") > 0, score))
    # Published over five seeds that lie 0.82 to 0.86 apart; other batches are drawn here, so the mean may differ.
    assert np.mean(found) == pytest.approx(published, abs=0.02)
    assert min(found) > 0.75
