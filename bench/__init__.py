"""The benchmark: our worker and other ways to run the same scoring core, on one log and one broker.

    python -m bench            every engine, five runs in turn, medians; then the barrier's own check
    python -m bench scale      cost as accounts and history grow, memory, recovery, latency
    python -m bench latency    the last of these alone
    python -m bench profile    where the CPU time of the scoring hop goes
    python -m bench core       the scoring core alone, plain and compiled

Not part of the product: nothing here is installed. Engines other than ours live in environments of their own
under `.bench/`.
"""
