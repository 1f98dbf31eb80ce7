"""The sample's policy is the published example."""

from support.tree import ROOT

from agents.sample import sample_policy


def test_the_sample_runs_with_the_published_example():
    assert sample_policy() == (ROOT / "deploy/policy/example.toml").read_bytes()
