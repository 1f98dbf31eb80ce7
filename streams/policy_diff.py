"""What changed between two policies, key by key, in the units they are written in."""

from decimal import Decimal
from typing import Any, NamedTuple

from streams.policy import Policy, render_policy
from streams.policy_reader import join


class Change(NamedTuple):
    """One key that differs; absent values are None."""

    path: str
    before: Any
    after: Any

    def __str__(self) -> str:
        """The change as one line; of lists what came and what went."""
        if (
            isinstance(self.before, list)
            and isinstance(self.after, list)
            and _plain(self.before + self.after)
        ):
            gone = [f"without {item}" for item in self.before if item not in self.after]
            come = [f"with {item}" for item in self.after if item not in self.before]
            return f"{self.path}: now {', '.join(come + gone) or 'in another order'}"
        if self.before is None:
            return f"{self.path}: new, {written(self.after)}"
        if self.after is None:
            return f"{self.path}: gone, was {written(self.before)}"
        return f"{self.path}: {written(self.before)} becomes {written(self.after)}"


def changes(before: Policy, after: Policy) -> list[Change]:
    """Every key whose value differs, sorted by path; the approval is no part of it."""
    one, other = _flat(before), _flat(after)
    paths = sorted(one.keys() | other.keys())
    return [
        Change(path, one.get(path), other.get(path)) for path in paths if one.get(path) != other.get(path)
    ]


def written(value: Any) -> str:
    """A value as a reader expects it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(written(item) for item in value) or "nothing"
    if isinstance(value, dict):
        return ", ".join(f"{key} {written(item)}" for key, item in value.items()) or "nothing"
    return format(value, "f") if isinstance(value, Decimal) else str(value) or "nothing"


def _plain(items: list[Any]) -> bool:
    return all(isinstance(item, str) for item in items)


def _flat(policy: Policy) -> dict[str, Any]:
    document = render_policy(policy)
    del document["approval"]
    return dict(_leaves("", document))


def _leaves(path: str, value: Any) -> list[tuple[str, Any]]:
    if not isinstance(value, dict):
        return [(path, value)]
    return [leaf for key, item in value.items() for leaf in _leaves(join(path, key), item)]
