"""The log: no secret in it, whoever writes, and nothing lost when it rotates."""

import json
import logging
import multiprocessing
from dataclasses import replace
from pathlib import Path

import pytest
import structlog

from app.config import Config
from app.logging import JointRotatingFileHandler, Redactor, configure_logging

CANARIES = [
    "Authorization: Bearer canary-12345678",
    "GET /v1/sites with psk_canary0123456789",
    "GET /api/v1/site with pws_canary0123456789",
    "refresh_token=canary-abcdef&x=1",
    '{"access_token": "canary-abcdef"}',
    "{'password': 'canary-abcdef'}",
    "token eyJcanary.eyJhbGciOi.c2lnbmF0dXJl",
    "stored gAAAAABcanarycanarycanarycanary==",
    "postgresql://me:canary-pass@db/app",
    "$argon2id$v=19$m=19456,t=2,p=1$canary$canary",
    "GET /welcome?token=canary-abcdefgh HTTP/1.1",
]


@pytest.mark.parametrize("line", CANARIES)
def test_what_looks_like_a_secret_is_hidden(line: str):
    assert "canary" not in Redactor().hide(line)


@pytest.mark.parametrize(
    "line",
    [
        "site 7: charge 5000 W until 04:05Z (Import is 4.0 c/kWh)",
        "GET /api/v1/prices 200 in 12 ms",
        "the key file /data/fernet.key is empty",
        "no token for Amber yet",
        "https://api.amber.com.au/v1/sites",
    ],
)
def test_ordinary_sentences_stay_as_they_are(line: str):
    assert Redactor().hide(line) == line


def test_an_address_is_kept_in_part():
    assert Redactor().hide("sign-in of jane.doe@example.com refused") == "sign-in of j…@example.com refused"


def test_a_known_secret_is_hidden_also_in_its_json_form():
    redactor = Redactor(['pa"ss\\word-of-mine'])
    assert redactor.hide(json.dumps({"note": 'it is pa"ss\\word-of-mine'})) == '{"note": "it is [hidden]"}'


def test_no_secret_of_the_settings_reaches_the_file_by_any_road(config: Config, capsys: pytest.CaptureFixture[str]):
    client_secret = "canary-of-a-vendor-client"
    config = replace(config, metrics_token="canary-metrics-0123456789abcdef", environment={"TESLA_CLIENT_SECRET": client_secret})
    configure_logging(config, "web")
    secrets = [config.secret_key, config.fernet_keys[0], "canary-metrics-0123456789abcdef", client_secret]
    log = structlog.get_logger("app.test")
    for secret in secrets:
        log.warning("structured", value=secret, nested={"deep": [secret]})
        log.info("positional %s", secret)
        logging.getLogger("some.library").warning("from a library: %s", secret)
        try:
            raise RuntimeError(f"in an exception {secret}")
        except RuntimeError:
            log.exception("failed")
            logging.getLogger("some.library").exception("failed")
    written = (config.data_dir / "powersync.log").read_text() + capsys.readouterr().err
    assert written.count("failed") >= 2 * len(secrets)
    for secret in secrets:
        assert secret not in written


def test_a_line_says_when_who_and_what(config: Config):
    configure_logging(config, "scheduler", terminal=False)
    structlog.get_logger("app.control.loop").info("site 7 restored", site=7)
    line = json.loads((config.data_dir / "powersync.log").read_text().splitlines()[-1])
    assert (line["event"], line["site"], line["level"], line["process"], line["logger"]) == (
        "site 7 restored",
        7,
        "info",
        "scheduler",
        "app.control.loop",
    )
    assert line["timestamp"].endswith("Z")


def test_a_command_keeps_its_terminal_clean(config: Config, capsys: pytest.CaptureFixture[str]):
    from app import create_app

    create_app(config)
    structlog.get_logger("app").error("only for the file")
    assert capsys.readouterr() == ("", "")
    assert "only for the file" in (config.data_dir / "powersync.log").read_text()


def test_the_app_leaves_the_log_as_the_starter_set_it_up(config: Config, capsys: pytest.CaptureFixture[str]):
    from app import create_app

    configure_logging(config, "web")
    create_app(config)
    structlog.get_logger("app").warning("also on the terminal")
    assert "also on the terminal" in capsys.readouterr().err
    assert '"process": "web"' in (config.data_dir / "powersync.log").read_text()


def _write(path: Path, name: str, lines: int) -> None:
    handler = JointRotatingFileHandler(path, max_bytes=4000, count=50)
    for number in range(lines):
        handler.emit(logging.makeLogRecord({"msg": f"{name} {number}"}))
    handler.close()


def test_two_processes_rotate_one_file_and_lose_no_line(tmp_path: Path):
    context = multiprocessing.get_context("fork")
    path = tmp_path / "powersync.log"
    processes = [context.Process(target=_write, args=(path, name, 400)) for name in ("web", "scheduler", "cli")]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    lines = [line for file in tmp_path.glob("powersync.log*") for line in file.read_text().splitlines()]
    assert sorted(lines) == sorted(f"{name} {number}" for name in ("web", "scheduler", "cli") for number in range(400))
    assert len(list(tmp_path.glob("powersync.log*"))) > 2


def test_a_process_follows_when_the_other_one_rotated(tmp_path: Path):
    path = tmp_path / "powersync.log"
    web, scheduler = (JointRotatingFileHandler(path, max_bytes=100, count=5) for _ in range(2))
    web.emit(logging.makeLogRecord({"msg": "first"}))
    scheduler.emit(logging.makeLogRecord({"msg": "x" * 90}))
    scheduler.emit(logging.makeLogRecord({"msg": "after the rotation"}))
    web.emit(logging.makeLogRecord({"msg": "mine"}))
    assert path.read_text() == "after the rotation\nmine\n"
    web.close()
    scheduler.close()


def test_a_full_disk_costs_lines_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    handler = JointRotatingFileHandler(tmp_path / "powersync.log")

    def full(*_args: object, **_kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(handler, "_open", full)
    for _ in range(3):
        handler.handle(logging.makeLogRecord({"msg": "psk_canary"}))
    said = capsys.readouterr().err
    assert said.count("cannot be written") == 1
    assert "canary" not in said
