"""The mathematics of a plan: weights that deliver every goal and stay close to the ideal curves.

The plan is the answer to a convex problem: choices x of campaign j in block b for signature s, of least entropy
against passing on, plus its evenness times how uneven the campaign is in the block, plus for what is missing of a goal
PRICE_OF_SHORTFALL each and SHARING ÷ 2 × missing² ÷ goal. Where y sums x over s and r = y ÷ ideal, a block is uneven
by ideal × (r − 1)² ÷ 2 if r is below 1, as campaigns have to wait while others have no other traffic, and by
ideal × (r log r − r + 1) above, where the square would forbid to make that good within a short time. The entropy makes
the answer one number a campaign and block, as workers need it: x = requests × w_j ÷ (1 + Σ w of the eligible), with

    log w = price of the campaign − evenness × (r − 1 below 1, log r above),

and its price is the multiplier of its goal. Since achievable deliveries form a polymatroid, the squares share a
shortfall evenly without making it larger (Fujishige 1980); the linear price keeps campaigns from falling short
where all can be had, and is more than evenness is ever worth. Solved by damped fixed-point rounds (iterative scaling
is the case without evenness); deviations from representative delivery are penalised in the same way by SHALE
(Bharadwaj et al., KDD 2012).
"""

from dataclasses import dataclass

import numpy as np

from adserver.planning.values import Floats

EVENNESS = 12.0
"""Of a campaign with a goal of the usual size; of others in inverse proportion to the root of their goals."""
_LEAST_EVEN, _MOST_EVEN = 1.0, 24.0
PRICE_OF_SHORTFALL = 60.0
SHARING = 200.0
_LOWEST, _HIGHEST = -12.0, 300.0
_STEP = 0.8
"""Of a Newton step as if nobody else moved; from about 1.5 rounds no longer settle."""
_SMALL = 1e-9
_SETTLED = 0.002
"""Prices that change by less than this in a round are left as they are."""


@dataclass(frozen=True, slots=True)
class Problem:
    """`requests[s, b]`; `eligible[s, j]`, 0 or 1; `open[j, b]`, the part of the block in which j may be shown;
    `ideal[j, b]` choices, 0 where j is not to run; `needed[j]`, choices in all, and `whole[j]`, those of the whole
    goal; `priority[j]`, how much what is missing is felt; `hope[b]`, what may come beyond a block's choices,
    as a part of these."""

    requests: Floats
    eligible: Floats
    open: Floats
    ideal: Floats
    needed: Floats
    whole: Floats
    priority: Floats
    hope: Floats


@dataclass(frozen=True, slots=True)
class Solution:
    """`logs[j, b]` of the weights; `prices[j]`; `choices[j, b]` that are expected; `passed_on[s, b]` requests that
    nobody takes."""

    logs: Floats
    prices: Floats
    choices: Floats
    passed_on: Floats


def solve(problem: Problem, logs: Floats, prices: Floats, rounds: int) -> Solution:
    """From a first guess; a good one (the last plan's) needs few rounds. A round for 100 campaigns, 4,000
    signatures and 46 blocks takes 2 ms."""
    columns = np.ascontiguousarray(problem.eligible.T)
    ideal = np.maximum(problem.ideal, _SMALL)
    needed = np.maximum(problem.needed, _SMALL)
    evenness = _evenness(problem.whole)[:, None]
    for _ in range(rounds):
        choices, _passed_on = _expected(problem, logs, columns)
        ratio = choices / ideal
        damping = 1 + evenness * np.minimum(ratio, 1)
        uneven = evenness * (np.minimum(ratio, 1) - 1 + np.log(np.maximum(ratio, 1)))
        logs = (logs + (prices[:, None] - uneven - logs) / damping).clip(_LOWEST, _HIGHEST)
        slope = np.maximum((choices / damping).sum(axis=1), _SMALL)
        change = _price_change(problem, prices, needed, choices, slope)
        prices = np.maximum(prices + change, _LOWEST)
        if np.abs(change).max(initial=0.0) < _SETTLED:
            break
    choices, passed_on = _expected(problem, logs, columns)
    return Solution(logs, prices, choices, passed_on)


def _evenness(whole: Floats) -> Floats:
    """Large campaigns wait for small ones: so fewer are far from their curves."""
    if not len(whole):
        return whole
    found: Floats = EVENNESS * np.sqrt(np.median(whole) / np.maximum(whole, _SMALL))
    return found.clip(_LEAST_EVEN, _MOST_EVEN)


def _expected(problem: Problem, logs: Floats, columns: Floats) -> tuple[Floats, Floats]:
    weights = np.where(problem.ideal > 0, np.exp(logs) * problem.open, 0.0)
    passed_on = problem.requests / (1 + problem.eligible @ weights)
    return weights * (columns @ passed_on), passed_on


def _price_change(problem: Problem, prices: Floats, needed: Floats, choices: Floats, slope: Floats) -> Floats:
    """Most of a Newton step to the goal, but no price above what its shortfall is worth."""
    missing = needed - choices.sum(axis=1)
    step = _STEP * (missing / slope).clip(-4, 4)
    felt = problem.priority * missing
    worth = PRICE_OF_SHORTFALL + SHARING * (felt - _hoped_for(felt, choices @ problem.hope)) / problem.whole
    bound: Floats = np.minimum(step, (worth - prices) / (1 + SHARING * problem.priority * slope / problem.whole))
    return bound


def _hoped_for(missing: Floats, hope: Floats) -> Floats:
    """What may come yet, of which less counts the more is missing, and nothing where that is twice as much: a shortfall
    that hope does not mend is shared by what is missing alone."""
    found: Floats = hope * (2 - missing / np.maximum(hope, _SMALL)).clip(0, 1)
    return found
