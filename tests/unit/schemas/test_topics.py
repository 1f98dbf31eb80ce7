import re

from schemas.codec import INPUT_TYPES
from schemas.generate import RECORDS
from schemas.topics import BY_NAME, REGISTRY, SIGNALS, all_topics, changelog_topic, shadow_topic


def test_names_are_unique_versioned_and_ours() -> None:
    names = [topic.name for topic in REGISTRY]

    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"intent\.[a-z-]+\.v1", name) for name in names)


def test_every_topic_has_a_published_record() -> None:
    assert {topic.record for topic in REGISTRY} <= set(RECORDS)


def test_every_input_topic_can_be_decoded() -> None:
    assert {topic.name for topic in REGISTRY if topic.role == "input"} == set(INPUT_TYPES)


def test_only_what_is_keyed_by_its_subject_is_compacted() -> None:
    assert {topic.name for topic in REGISTRY if topic.compacted} == {"intent.taxonomy.v1", "intent.scores.v1"}


def test_the_log_outlives_every_window_and_its_changelog_keeps_what_a_dropped_tail_replaced() -> None:
    changelog = changelog_topic("app-state-changelog", 8)

    assert SIGNALS.config()["retention.ms"] == str(400 * 86_400_000)
    assert changelog.config()["cleanup.policy"] == "compact"
    assert changelog.config()["min.compaction.lag.ms"] == "3600000"


def test_log_and_changelog_have_as_many_partitions() -> None:
    topics = {topic.name: topic for topic in all_topics(12, ("app-state-changelog",))}

    assert topics[SIGNALS.name].partitions == topics["app-state-changelog"].partitions == 12
    assert len(topics) == len(REGISTRY) + 1


def test_a_prefix_stands_before_the_logical_name() -> None:
    assert BY_NAME["intent.web.v1"].physical("eu.") == "eu.intent.web.v1"
    assert shadow_topic("spring").physical() == "intent.shadow.spring.v1"
