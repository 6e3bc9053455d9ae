"""The mathematics of a plan: weights a campaign and block that deliver every goal and stay close to the ideal curves."""

from dataclasses import dataclass

import numpy as np

from adserver.planning.values import Floats

EVENNESS = 4.0
"""How fast a weight falls when a block delivers more than is ideal: by e^-4 at twice as much. Higher is more even, and
leaves less room where inventory is scarce."""
PRICE_OF_SHORTFALL = 9.0
SHARING = 100.0
"""A campaign that the traffic does not suffice for has a weight of e^(9 + 100 × the missing part of its goal), if ideal."""
_LOWEST, _HIGHEST = -12.0, 60.0


@dataclass(frozen=True, slots=True)
class Problem:
    """`requests[s, b]`, `eligible[s, j]` (0 or 1), `open[j, b]` (the part of the block in which j may be shown), `ideal[j, b]`
    choices; `needed[j]` in all, `whole[j]` those of the whole goal, delivered ones included."""

    requests: Floats
    eligible: Floats
    open: Floats
    ideal: Floats
    needed: Floats
    whole: Floats


@dataclass(frozen=True, slots=True)
class Solution:
    """`logs[j, b]` of the weights, `prices[j]` of delivering at all, `choices[j, b]` that are expected."""

    logs: Floats
    prices: Floats
    choices: Floats


def solve(problem: Problem, logs: Floats, prices: Floats, rounds: int) -> Solution:
    ideal = np.maximum(problem.ideal, 1e-9)
    closed = problem.ideal <= 0
    needed = np.maximum(problem.needed, 1e-9)
    part = needed / np.maximum(problem.whole, 1e-9)
    ET = np.ascontiguousarray(problem.eligible.T)
    for _ in range(rounds):
        choices = expected(problem, logs, ET)
        ratio = choices / ideal
        damping = 1 + EVENNESS * ratio
        logs = logs + (prices[:, None] - EVENNESS * (ratio - 1) - logs) / damping
        logs[closed] = 0.0
        np.clip(logs, _LOWEST, _HIGHEST, out=logs)
        have = choices.sum(axis=1)
        slope = np.maximum((choices / damping).sum(axis=1), 1e-9)
        step = 0.5 * np.clip((needed - have) / slope, -2, 2)
        limit = PRICE_OF_SHORTFALL + SHARING * part * (1 - have / needed)
        bound = (limit - prices) / (1 + SHARING * part * slope / needed)
        prices = np.maximum(prices + np.minimum(step, bound), -12)
    return Solution(logs, prices, expected(problem, logs, ET))


def expected(problem: Problem, logs: Floats, ET: Floats) -> Floats:
    weights = np.exp(logs) * problem.open
    return weights * (ET @ (problem.requests / (1 + problem.eligible @ weights)))
