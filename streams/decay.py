"""Half-life decay in integers: one table of millionths per half-life (scoring.md section 1)."""

from functools import lru_cache
from typing import Final

MILLION: Final = 1_000_000
_HALF: Final = MILLION // 2


@lru_cache(maxsize=256)
def decay_table(half_life: int, window: int) -> tuple[int, ...]:
    """Factors in millionths for ages 0 to `window` days: round(1e6 x 2^(-age / half_life)); no decay for 0."""
    if half_life <= 0:
        return (MILLION,) * (window + 1)
    return tuple(round(MILLION * 2.0 ** (-age / half_life)) for age in range(window + 1))


def div_half_even(numerator: int, denominator: int) -> int:
    """Numerator / denominator rounded half to even, exact for integers of any size; denominator > 0."""
    quotient, rest = divmod(numerator, denominator)
    twice = 2 * rest
    if twice > denominator or (twice == denominator and quotient & 1):
        return quotient + 1
    return quotient


def decayed(points: int, factor: int) -> int:
    """Milli-points times a factor in millionths, rounded half to even."""
    if factor == MILLION:
        return points
    quotient, rest = divmod(points * factor, MILLION)
    if rest > _HALF or (rest == _HALF and quotient & 1):
        return quotient + 1
    return quotient
