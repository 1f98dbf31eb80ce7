"""How often sales accepts what a source brings: a share in thousandths with its interval, without a float."""

from math import isqrt
from typing import Final

from schemas.handover import AcceptRate
from streams.policy import Policy

_Z2: Final = 38_416  # 1.96 squared, ten-thousandths: 95 %
_SCALE: Final = 10_000


def source_accept_rate(source: str, policy: Policy) -> AcceptRate | None:
    """The rate of a source as the policy in force counts it; None where it does not."""
    counted = policy.attribution.source_accept_rates.get(source)
    return None if counted is None else accept_rate(counted.accepted, counted.rejected)


def whole_percent(thousandths: int) -> int:
    """Thousandths as people read them: whole per cent, half up."""
    return (thousandths + 5) // 10


def accept_rate(accepted: int, rejected: int) -> AcceptRate:
    """The accepted share, n and the 95 % Wilson interval of at least one alert; thousandths.

    The value is rounded half up, the interval outwards. The interval is E. B. Wilson, JASA 22 (1927), 209:
    (a + z^2/2 -+ z sqrt(a r / n + z^2/4)) / (n + z^2) with z = 1.96.
    """
    n = accepted + rejected
    value = (2000 * accepted + n) // (2 * n)
    middle = _SCALE * accepted + _Z2 // 2
    spread = isqrt(_Z2 * (_SCALE * accepted * rejected // n + _Z2 // 4)) + 1  # outwards
    whole = _SCALE * n + _Z2
    low = max(0, 1000 * (middle - spread) // whole)
    high = min(1000, -(-1000 * (middle + spread) // whole))
    return AcceptRate(value=value, n=n, interval=(min(low, value), max(high, value)))
