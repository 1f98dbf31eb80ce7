"""Settings come from the environment, with fallbacks and secret files; every problem is said at once."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from agents.settings import Settings, SettingsErrors, load


def problems(environ: dict[str, str]) -> tuple[str, ...]:
    with pytest.raises(SettingsErrors) as caught:
        load(environ)
    return caught.value.problems


def test_an_empty_environment_is_the_defaults() -> None:
    assert load({}) == Settings()


def test_empty_text_counts_as_not_set() -> None:
    assert load({"INTENT_PORT": "", "KAFKA_CLIENT_ID": "  "}) == Settings()


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"KAFKA_BROKERS": "a:1"}, ("a:1",)),
        ({"INTENT_KAFKA_BROKERS": "b:1", "KAFKA_BROKERS": "a:1"}, ("b:1",)),
        ({"KAFKA_BOOTSTRAP_SERVERS": "c:1, d:2", "KAFKA_BROKERS": "a:1"}, ("c:1", "d:2")),
        ({"INTENT_KAFKA_BOOTSTRAP_SERVERS": "e:1", "KAFKA_BOOTSTRAP_SERVERS": "c:1"}, ("e:1",)),
    ],
)
def test_our_name_wins_over_the_bare_one_and_that_over_its_alias(
    environ: dict[str, str], expected: tuple[str, ...]
) -> None:
    assert load(environ).kafka.bootstrap_servers == expected


@pytest.mark.parametrize("name", ["KAFKA_SSL_CAFILE", "KAFKA_SSL_CA_LOCATION", "KAFKA_CA_PATH"])
def test_a_certificate_authority_has_three_names(name: str, tmp_path: Path) -> None:
    found = problems({name: str(tmp_path / "ca.pem"), "KAFKA_SECURITY_PROTOCOL": "SSL"})

    assert found == ("KAFKA_SSL_*: a file cannot be used (No such file or directory)",)


def test_a_secret_may_live_in_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text("s3cret\n")

    settings = load({"INTENT_API_TOKEN_FILE": str(secret), "INTENT_WRITE_KEYS": "site:k1,site:k2"})

    assert settings.collector.api_token == "s3cret"
    assert [key.key for key in settings.collector.write_keys] == ["k1", "k2"]


def test_a_secret_in_both_places_is_refused(tmp_path: Path) -> None:
    found = problems({"INTENT_API_TOKEN": "x", "INTENT_API_TOKEN_FILE": str(tmp_path / "token")})

    assert found == ("INTENT_API_TOKEN and INTENT_API_TOKEN_FILE are both set; keep one",)


def test_every_problem_is_listed_and_no_value_is_shown() -> None:
    canary = "hunter2-canary"

    found = problems(
        {
            "INTENT_PORT": canary,
            "INTENT_COMMIT_SECONDS": "nan",
            "INTENT_REDIS_URL": f"http://user:{canary}@host",
            "INTENT_WRITE_KEYS": f"site:{canary},a/:{canary}",
            "KAFKA_BOOTSTRAP_SERVERS": canary,
            "KAFKA_SECURITY_PROTOCOL": canary,
            "INTENT_TOPIC_PREFIX": f"{canary} /",
            "INTENT_KAFKA_IDEMPOTENT_PRODUCER": canary,
        }
    )

    assert len(found) == 8
    assert canary not in "\n".join(found)


@pytest.mark.parametrize(
    "environ",
    [
        {"KAFKA_SECURITY_PROTOCOL": "SASL_SSL"},
        {"KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "KAFKA_SASL_USERNAME": "u"},
        {"KAFKA_SASL_PASSWORD": "p"},
        {"KAFKA_SSL_CERTFILE": "cert.pem"},
        {"INTENT_KAFKA_HEARTBEAT_SECONDS": "6"},
    ],
)
def test_settings_that_contradict_each_other_are_a_problem(environ: dict[str, str]) -> None:
    assert len(problems(environ)) == 1


def test_state_in_rocksdb_needs_a_directory_and_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load({}).state_store == "memory"
    here = {"INTENT_STATE_STORE": "rocksdb", "INTENT_STATE_DIR": "/state", "INTENT_STATE_CACHE_HOMES": "7"}
    settings = load(here)
    assert (settings.state_store, settings.state_dir, settings.state_cache_homes) == ("rocksdb", "/state", 7)

    (problem,) = problems({"INTENT_STATE_STORE": "rocksdb"})
    assert problem.startswith("INTENT_STATE_DIR")
    monkeypatch.setitem(sys.modules, "rocksdict", None)  # as if it were not installed
    with pytest.raises(SettingsErrors, match="extra `rocksdb`"):
        load(here)


def test_a_settings_text_form_holds_no_secret() -> None:
    canary = "hunter2-canary"

    settings = load(
        {
            "KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
            "KAFKA_SASL_USERNAME": "u",
            "KAFKA_SASL_PASSWORD": canary,
            "INTENT_API_TOKEN": canary,
            "INTENT_WRITE_KEYS": canary,
            "INTENT_REDIS_URL": f"redis://:{canary}@host/0",
        }
    )

    assert canary not in repr(settings)


def test_kafka_clients_get_the_credentials() -> None:
    kafka = load(
        {"KAFKA_SECURITY_PROTOCOL": "sasl_ssl", "KAFKA_SASL_USERNAME": "u", "KAFKA_SASL_PASSWORD": "p"}
    ).kafka

    arguments = kafka.client_kwargs()

    assert arguments["security_protocol"] == "SASL_SSL"
    assert (arguments["sasl_plain_username"], arguments["sasl_plain_password"]) == ("u", "p")
    assert arguments["ssl_context"].check_hostname


def test_a_variable_that_nobody_reads_is_noticed() -> None:
    settings = load({"INTENT_LOG_LEVL": "debug", "INTENT_FAUST_LOGLEVEL": "info", "INTENTION": "x"})

    assert settings.unknown == ("INTENT_LOG_LEVL (did you mean INTENT_LOG_LEVEL?)",)


def test_webhook_secrets_are_read_from_files_and_checked_without_being_told(tmp_path: Path) -> None:
    secret = tmp_path / "zoom"
    secret.write_text("a-secret\n")
    read = load({"INTENT_ZOOM_WEBHOOK_SECRET_TOKEN_FILE": str(secret), "HUBSPOT_CLIENT_SECRET": "other"})
    with pytest.raises(SettingsErrors) as refused:
        load({"INTENT_SENDGRID_WEBHOOK_PUBLIC_KEY": "no-key", "INTENT_WEBHOOK_SECRET": "whsec_!!"})

    assert (read.collector.zoom_secret_token, read.collector.hubspot_client_secret) == ("a-secret", "other")
    assert "a-secret" not in repr(read)
    assert len(refused.value.problems) == 2
    assert not any("no-key" in problem or "!!" in problem for problem in refused.value.problems)
