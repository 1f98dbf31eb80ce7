"""TLS files are tried when the settings are read: a wrong one is a problem at start, never a prompt."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import faust
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from agents.runtime.app import _settings
from agents.settings import SettingsErrors, load
from agents.worker import Worker
from streams.policy import reference_policy


@pytest.fixture
def tls(tmp_path: Path) -> dict[str, str]:
    """The environment of a client with a certificate whose key has a password."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "intent")])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    (tmp_path / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (tmp_path / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"opensesame"),
        )
    )
    return {
        "KAFKA_SECURITY_PROTOCOL": "SSL",
        "KAFKA_SSL_CAFILE": str(tmp_path / "cert.pem"),
        "KAFKA_SSL_CERTFILE": str(tmp_path / "cert.pem"),
        "KAFKA_SSL_KEYFILE": str(tmp_path / "key.pem"),
        "KAFKA_SSL_KEY_PASSWORD": "opensesame",
    }


def test_a_client_certificate_is_loaded(tls: dict[str, str]) -> None:
    kafka = load(tls).kafka

    assert kafka.client_kwargs()["ssl_context"] is not None


@pytest.mark.parametrize("password", ["wrong", ""])
def test_a_wrong_or_missing_key_password_is_a_problem(tls: dict[str, str], password: str) -> None:
    with pytest.raises(SettingsErrors, match="KAFKA_SSL"):
        load(tls | {"KAFKA_SSL_KEY_PASSWORD": password})


def test_host_names_are_checked_unless_switched_off(tls: dict[str, str]) -> None:
    off = load(tls | {"KAFKA_SSL_CHECK_HOSTNAME": "false"}).kafka.ssl_context()

    assert off is not None
    assert not off.check_hostname


def faust_settings(environ: dict[str, str], data_dir: Path) -> dict[str, Any]:
    """What a worker's Faust app is told of these settings."""
    worker = Worker(load(environ), reference_policy())
    return _settings(worker.runtime_config(data_dir))


def test_faust_gets_the_same_credentials_and_the_client_id(tmp_path: Path) -> None:
    environ = {"KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "KAFKA_SASL_USERNAME": "u", "KAFKA_SASL_PASSWORD": "p"}

    found = faust_settings(environ | {"KAFKA_CLIENT_ID": "ours"}, tmp_path)

    credentials = found["broker_credentials"]
    assert (credentials.username, credentials.password) == ("u", "p")
    assert credentials.mechanism.value == "SCRAM-SHA-512"
    assert list(map(str, found["broker"])) == ["kafka://127.0.0.1:9092"]
    assert found["broker_client_id"] == "ours"


def test_faust_gets_the_client_certificate(tls: dict[str, str], tmp_path: Path) -> None:
    assert isinstance(faust_settings(tls, tmp_path)["broker_credentials"], faust.SSLCredentials)


def test_plain_text_has_no_credentials(tmp_path: Path) -> None:
    assert faust_settings({}, tmp_path)["broker_credentials"] is None
