"""Real programs that tests start: found or skipped, on free loopback ports, ended by process."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import pytest
import requests


def missing(what: str) -> NoReturn:
    """End the test for want of `what`: skipped on a laptop, failed where CI=true."""
    if os.environ.get("CI", "").lower() in {"1", "true", "yes"}:
        pytest.fail(f"{what} is missing, and CI must not skip", pytrace=False)
    pytest.skip(f"{what} is missing on this machine")


def require(*binaries: str) -> str:
    """Path of the first of `binaries` that this machine has; else the test is skipped, or fails in CI."""
    for binary in binaries:
        found = shutil.which(binary)
        if found:
            return found
    missing(" or ".join(binaries))


def free_port() -> int:
    """A loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(true: Callable[[], Any], *, seconds: float, what: str, every: float = 0.1) -> Any:
    """The first truthy answer of `true`; AssertionError naming `what` when there is none in `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        answer = true()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(every)


@contextmanager
def running(
    command: Sequence[str], *, log: Path, cwd: Path | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A process for the length of the block, its output in `log`; SIGTERM at the end, SIGKILL after 10 s."""
    with log.open("wb") as output:
        process = subprocess.Popen(list(command), stdout=output, stderr=subprocess.STDOUT, cwd=cwd)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(timeout=10)


class Prometheus:
    """A running Prometheus: ask it, or ask what it scrapes."""

    def __init__(self, url: str) -> None:
        self.url = url

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The result vector of an instant query, now."""
        answer = requests.get(f"{self.url}/api/v1/query", params={"query": expression}, timeout=5)
        answer.raise_for_status()
        result: list[dict[str, Any]] = answer.json()["data"]["result"]
        return result

    def firing(self) -> set[str]:
        """Names of the alerts that fire now."""
        return {row["metric"]["alertname"] for row in self.query('ALERTS{alertstate="firing"}')}

    def wait_for(self, expression: str, *, seconds: float = 30) -> list[dict[str, Any]]:
        """The first non-empty answer to `expression`."""
        found: list[dict[str, Any]] = wait_until(
            lambda: self.query(expression), seconds=seconds, what=f"prometheus sees {expression}"
        )
        return found

    def names(self) -> set[str]:
        """Every metric name it has stored."""
        answer = requests.get(f"{self.url}/api/v1/label/__name__/values", timeout=5)
        answer.raise_for_status()
        return set(answer.json()["data"])


@contextmanager
def prometheus_scraping(*ports: int, directory: Path, rules: Path | None = None) -> Iterator[Prometheus]:
    """A real Prometheus that scrapes /metrics of these loopback ports once a second, as job `intent`."""
    binary, own_port = require("prometheus"), free_port()
    targets = ", ".join(f"'127.0.0.1:{port}'" for port in ports)
    config = directory / "prometheus.yaml"
    config.write_text(
        "global: {scrape_interval: 1s, evaluation_interval: 1s}\n"
        + (f"rule_files: ['{rules}']\n" if rules else "")
        + f"scrape_configs:\n  - job_name: intent\n    static_configs: [{{targets: [{targets}]}}]\n"
    )
    command = [
        binary,
        f"--config.file={config}",
        f"--storage.tsdb.path={directory / 'tsdb'}",
        f"--web.listen-address=127.0.0.1:{own_port}",
    ]
    server = Prometheus(f"http://127.0.0.1:{own_port}")
    log = directory / "prometheus.log"
    with running(command, log=log) as process:
        wait_until(
            lambda: _answers(f"{server.url}/-/ready", process, log), seconds=30, what="prometheus is ready"
        )
        yield server


def _answers(url: str, process: subprocess.Popen[bytes], log: Path) -> bool:
    assert process.poll() is None, f"ended at once:\n{log.read_text(errors='replace')[-2000:]}"
    try:
        return requests.get(url, timeout=1).ok
    except requests.ConnectionError:
        return False


def promtool(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the real promtool; the caller asserts on the exit code and shows the output."""
    command = [require("promtool"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=60, check=False)


def screenshot(url: str, image: Path, *, width: int = 1280, height: int = 1600, seconds: float = 60) -> Path:
    """Photograph a page with headless Chromium, scripts and styles run; the image is checked to be one."""
    _chromium(
        [f"--window-size={width},{height}", f"--screenshot={image}", "--hide-scrollbars", url],
        image.parent,
        seconds,
    )
    assert image.read_bytes().startswith(b"\x89PNG"), "chromium wrote no image"
    return image


def rendered(url: str, directory: Path, *, seconds: float = 60) -> str:
    """The page's DOM as headless Chromium has it after scripts ran."""
    return _chromium(["--dump-dom", url], directory, seconds)


def _chromium(arguments: list[str], directory: Path, seconds: float) -> str:
    command = [
        require("chromium", "chromium-browser", "google-chrome"),
        "--headless",
        "--no-sandbox",  # tests run as root in a container
        "--disable-gpu",
        "--disable-dev-shm-usage",
        f"--user-data-dir={directory / 'chromium'}",
        "--virtual-time-budget=5000",
        *arguments,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout
