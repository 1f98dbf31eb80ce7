"""`python -m bench [scale|recovery|latency|profile|core] ...`."""

from __future__ import annotations

import logging
import sys

from bench.runner import ENGINES, main


def run(arguments: list[str]) -> int:
    """Pick the entry; names of engines pick some of them."""
    logging.getLogger("aiokafka").setLevel("ERROR")
    if arguments[:1] == ["scale"]:
        from bench import scale

        return scale.main()
    if arguments[:1] == ["recovery"]:
        from bench import scale

        return scale.recovery_alone()
    if arguments[:1] == ["latency"]:
        from bench import scale

        return scale.latency_only()
    if arguments[:1] == ["profile"]:
        from bench import profile

        return profile.main(arguments[1:])
    if arguments[:1] == ["core"]:
        from bench import cores

        return cores.main(arguments[1:])
    unknown = set(arguments) - set(ENGINES)
    if unknown:
        sys.stderr.write(f"no such engine: {', '.join(sorted(unknown))}; there are {', '.join(ENGINES)}\n")
        return 2
    return main(tuple(arguments) or ENGINES)


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
