"""The journal: whole lines whatever happens, and no planted secret in any of them (X2 of the invariants)."""

import json
import os
import resource
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from commerce.kit import json_log, process_metrics, tokens
from commerce.kit.json_log import JsonLog, redact


@pytest.mark.parametrize(
    "text",
    [
        "password=hunter2-s3cret",
        "password=hunter2-s3cret&next=/",
        'POST {"email": "a@example.com", "password": "hunter2-s3cret and more"}',
        "<QueryDict: {'password': ['hunter2-s3cret and more'], 'a': ['1']}>",
        "{'old_password': 'hunter2-s3cret'}",
        'f(password="hunter2-s3cret")',
        "password: 'hunter2-s3cret",
        r'{"password": "a\"hunter2-s3cret"}',
        "new_password1 = hunter2-s3cret",
        "Authorization: Bearer hunter2-s3cret",
        "authorization: Basic hunter2-s3cret==",
        "got bearer   hunter2-s3cret from",
        "{'HTTP_AUTHORIZATION': 'Bearer hunter2-s3cret'}",
        "Cookie: a=b; commerce_client=hunter2-s3cret; c=d",
        "Set-Cookie: commerce_client=hunter2-s3cret; Path=/",
        "{'HTTP_COOKIE': 'a=b; commerce_client=hunter2-s3cret'}",
        "sessionid=hunter2-s3cret",
        "session_key=hunter2-s3cret",
        "csrfmiddlewaretoken=hunter2-s3cret&a=b",
        "X-CSRFToken: hunter2-s3cret",
        "?token=hunter2-s3cret",
        "https://example.com/?a=1&token=hunter2-s3cret",
        "access_token:hunter2-s3cret",
        "api_key=hunter2-s3cret apikey=hunter2-s3cret",
        "COMMERCE_SECRET_KEY=hunter2-s3cret",
        "otpauth://totp/Commerce?secret=hunter2-s3cret&issuer=Commerce",
        "code=hunter2-s3cret otp=hunter2-s3cret pin: hunter2-s3cret",
        "recovery_code=hunter2-s3cret",
        "/client/reset-password/hunter2-s3cret",
        "/client/verify/hunter2-s3cret?x=1",
        "https://example.com/invite/hunter2-s3cret and",
        "/unsubscribe/MQ:1:hunter2-s3cret",
        "/client/Reset-Password/hunter2-s3cret",
        "/ADMIN/RESET-PASSWORD/hunter2-s3cret",
        "/sandbox/session/hunter2-s3cret",
        "postgresql://commerce:hunter2-s3cret@db/commerce",
        "valkey://:hunter2-s3cret@cache:6379/0",
        "x:password=hunter2-s3cret",
    ],
)
def test_secrets_are_taken_out(text: str) -> None:
    assert "s3cret" not in redact(text)
    assert json_log.REDACTED in redact(text)


def test_tokens_are_taken_out_wherever_they_are() -> None:
    token = tokens.generate_token()
    for text in (token, f"/x/{token}/y", f"a{token}b", f'"{token}"', token[:30], f"q={token}&r"):
        assert token[9:30] not in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "GET /client/services/12 200",
        "/api/v1/services",
        "currency_code=USD status_code: 200, postcode: 12345",
        "token_id=5",
        'File "door.py", line 3, in answer',
        "https://example.com:8443/client/login",
        "passing the tokens along; the secret is out",
        "monkey: banana, keyboard=us",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact(text) == text


def test_taking_out_twice_changes_nothing() -> None:
    text = "Authorization: Bearer abc, password='x', Cookie: a=b"
    assert redact(redact(text)) == redact(text)


PIECES = "a- a - token password= bearer :// ://a: token=' /verify/ token=\"\\ a:a: cookie: [secret]".split()


@pytest.mark.parametrize(
    "piece", [*PIECES, " ", "a = ", "bearer ", "x" * 79 + " ", "://" + "a" * 199]
)
def test_no_text_takes_long_a_path_of_dashes_took_37_seconds(piece: str) -> None:
    began = time.process_time()
    redact(piece * (60_000 // len(piece)))
    assert time.process_time() - began < 1


def lines(folder: Path, name: str = "app") -> list[dict[str, object]]:
    return [
        json.loads(line)
        for path in sorted(folder.glob(f"{name}-*.log"))
        for line in path.read_text("utf-8").splitlines()
    ]


def test_threads_write_whole_lines(tmp_path: Path) -> None:
    log = JsonLog(tmp_path / "log", "app", to_stderr=False)

    def write(who: int) -> None:
        for number in range(50):
            log.write({"who": who, "number": number, "filling": "x" * 9000})

    threads = [threading.Thread(target=write, args=(who,)) for who in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = lines(tmp_path / "log")
    assert sorted((line["who"], line["number"]) for line in found) == [
        (who, number) for who in range(8) for number in range(50)
    ]


def test_two_journals_share_a_file_as_two_processes_do(tmp_path: Path) -> None:
    one, two = (JsonLog(tmp_path, "app", to_stderr=False) for _ in range(2))
    for number in range(6):
        (one, two)[number % 2].write({"number": number})
    assert [line["number"] for line in lines(tmp_path)] == [0, 1, 2, 3, 4, 5]


def test_a_new_day_is_a_new_file_and_old_ones_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1_774_915_200.0]  # the first moment of 2026-03-31
    monkeypatch.setattr(json_log.time, "time", lambda: now[0])
    log = JsonLog(tmp_path, "app", keep_days=2, to_stderr=False)
    other = tmp_path / "access-2020-01-01.log"
    other.touch()
    for _ in range(5):
        log.write({"at": now[0]})
        log.write({"at": now[0]})
        now[0] += 86400
    kept = sorted(path.name for path in tmp_path.glob("app-*"))
    assert kept == ["app-2026-04-02.log", "app-2026-04-03.log", "app-2026-04-04.log"]
    assert other.exists()
    assert len(lines(tmp_path)) == 6


def test_only_one_file_is_open_after_many_days(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1_775_000_000.0]
    monkeypatch.setattr(json_log.time, "time", lambda: now[0])
    log = JsonLog(tmp_path, "app", to_stderr=False)
    log.write({})
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - its own listing is one of them both times
    for _ in range(20):
        now[0] += 86400
        log.write({})
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


def test_nothing_that_is_logged_makes_a_request_fail(tmp_path: Path) -> None:
    log = JsonLog(tmp_path, "app", to_stderr=False)
    log.write({"message": "half a \ud800 character", "what": object()})
    log.write({"message": "two\nlines \x1b[31m"})
    first, second = lines(tmp_path)
    assert first["message"] == "half a ? character"
    assert second["message"] == "two\nlines \x1b[31m"


def test_a_folder_that_cannot_be_written_stops_nothing_and_is_told_once(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "log").touch()
    log = JsonLog(tmp_path / "log", "app")
    log.write({"message": "lost"}, to_stderr=False)
    log.write({"message": "lost"}, to_stderr=False)
    (told,) = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert told["logger"] == "commerce.kit.json_log"
    assert "Not a directory" in told["message"]


def test_a_journal_may_be_kept_off_standard_error(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    JsonLog(tmp_path, "app", to_stderr=False).write({"message": "seen"})
    assert capfd.readouterr().err == ""


def test_lines_say_what_they_belong_to_while_it_is_worked_on() -> None:
    with json_log.log_context(job_id=5):
        with json_log.log_context(try_number=2):
            assert json_log.context_fields.get() == {"job_id": 5, "try_number": 2}
        assert json_log.context_fields.get() == {"job_id": 5}
    assert json_log.context_fields.get() == {}


def test_the_file_of_a_day_is_opened_once(tmp_path: Path) -> None:
    log = JsonLog(tmp_path, "app", to_stderr=False)
    log.write({"number": 1})
    (file,) = tmp_path.iterdir()
    file.rename(tmp_path / "elsewhere")
    log.write({"number": 2})
    assert len((tmp_path / "elsewhere").read_text().splitlines()) == 2


def test_lines_also_go_to_standard_error(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    JsonLog(tmp_path, "app").write({"message": "seen"})
    assert capfd.readouterr().err.endswith('{"message":"seen"}\n')


def test_a_log_is_not_for_everybody(tmp_path: Path) -> None:
    JsonLog(tmp_path / "log", "app", to_stderr=False).write({})
    (file,) = (tmp_path / "log").iterdir()
    assert (tmp_path / "log").stat().st_mode & 0o077 == 0
    assert file.stat().st_mode & 0o077 == 0


@contextmanager
def room_for(bytes_: int) -> Iterator[None]:
    """A disk that is full after so many bytes of a file: what is longer is written in part, then nothing."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_line_that_a_full_disk_cut_off_does_not_swallow_the_next(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    one, two = JsonLog(tmp_path, "app"), JsonLog(tmp_path, "app")
    one.write({"number": 1, "filling": "x" * 4000}, to_stderr=False)
    two.write({"number": 2})
    (file,) = tmp_path.iterdir()
    with room_for(file.stat().st_size + 14):
        one.write({"number": 3, "filling": "x" * 100})
        one.write({"number": 4, "filling": "x" * 100})
    two.write({"number": 5})
    one.write({"number": 6})
    assert [line["number"] for line in lines(tmp_path)] == [1, 2, 5, 6]
    seen = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert [line["number"] for line in seen if "number" in line] == [2, 3, 4, 5, 6]
    (told,) = [line for line in seen if "number" not in line]
    assert (told["level"], "cannot be written" in told["message"]) == ("error", True)


def test_a_line_that_a_killed_process_cut_off_does_not_swallow_the_next(tmp_path: Path) -> None:
    JsonLog(tmp_path, "app", to_stderr=False).write({"number": 1})
    (file,) = tmp_path.iterdir()
    with file.open("ab") as half:
        half.write(b'{"number": 2, "mess')
    JsonLog(tmp_path, "app", to_stderr=False).write({"number": 3})
    first, torn, last = file.read_text().splitlines()
    assert (json.loads(first), torn, json.loads(last)) == (
        {"number": 1},
        '{"number": 2, "mess',
        {"number": 3},
    )


def test_a_line_of_which_one_byte_was_written_does_not_swallow_the_next(tmp_path: Path) -> None:
    JsonLog(tmp_path, "app", to_stderr=False).write({})
    (file,) = tmp_path.iterdir()
    file.write_bytes(b"{")
    JsonLog(tmp_path, "app", to_stderr=False).write({"number": 1})
    assert file.read_bytes() == b'{\n{"number":1}\n'


def test_a_part_of_a_line_behind_which_another_wrote_stays(tmp_path: Path) -> None:
    ours, theirs = (os.open(tmp_path / "log", os.O_RDWR | os.O_APPEND | os.O_CREAT) for _ in "12")
    os.write(ours, b"hal")
    os.write(theirs, b"a whole line\n")
    assert not json_log._taken_back(ours, 3)
    assert (tmp_path / "log").read_bytes() == b"hala whole line\n"


class Told(NamedTuple):
    """What the access log said of one request."""

    line: dict[str, object]
    counted: process_metrics.MetricTotals


def noted(folder: Path, monkeypatch: pytest.MonkeyPatch, method: str, path: str) -> Told:
    monkeypatch.setattr(json_log.time, "time", lambda: 1_775_000_000.9)
    monkeypatch.setattr(json_log.time, "perf_counter", lambda: 12.3456789)
    monkeypatch.setattr(process_metrics, "this_process", process_metrics.ProcessMetrics())
    (folder / "counts").mkdir()
    process_metrics.publish_in_folder(str(folder / "counts"), "api")
    json_log.AccessLog(folder, "access", to_stderr=False).log_request(
        request_id="r1",
        address="192.0.2.1",
        method=method,
        path=path,
        status=201,
        began=12.0,
        user_id=7,
    )
    ((_, counted),) = process_metrics.read_folder(folder / "counts")
    (line,) = lines(folder, "access")
    return Told(line, counted)


def test_the_access_log_says_who_asked_what_when_and_for_how_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = noted(tmp_path, monkeypatch, "POST", "/api/v1/me")
    assert told.line == {
        "at": "2026-03-31T23:33:20Z",
        "request_id": "r1",
        "address": "192.0.2.1",
        "method": "POST",
        "path": "/api/v1/me",
        "status": 201,
        "ms": 345.68,
        "user_id": 7,
    }
    assert told.counted.doors["api"].statuses == {201: 1}
    assert told.counted.doors["api"].microseconds == 345678


def test_a_long_method_or_path_is_cut_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = noted(tmp_path, monkeypatch, "M" * 100, "/" * 3000)
    assert told.line["method"] == "M" * 61 + "\u2026"
    assert told.line["path"] == "/" * 1497 + "\u2026"


def test_only_short_texts_are_remembered_without_their_secrets() -> None:
    json_log._cleaned_before.cache_clear()  # a full memory forgets one for each that it keeps
    before = json_log._cleaned_before.cache_info().currsize
    json_log._cleaned("x" * 81, 1500)
    assert json_log._cleaned_before.cache_info().currsize == before
    json_log._cleaned("y" * 80, 1500)
    assert json_log._cleaned_before.cache_info().currsize == before + 1


@pytest.mark.parametrize("letter", ["a", '"', "\x00", "\u20ac", "\U0001f600", "\ud800", "%00"])
@pytest.mark.parametrize("most", [0, 50, 79, 81, 1400, 1500, 1700, 100_000])
def test_a_line_of_the_access_log_is_cut_at_2_kib(tmp_path: Path, letter: str, most: int) -> None:
    """And stays JSON; a path may be as long as its sender likes."""
    token = tokens.generate_token()
    log = json_log.AccessLog(tmp_path, "access", to_stderr=False)
    for path in (f"/{letter * most}", f"/{letter * most}/{token}"):
        log.log_request(
            request_id="x" * 64,
            address="2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
            method=letter * most,
            path=path,
            status=404,
            began=0.0,
            token_id=2**63 - 1,
        )
    (file,) = tmp_path.iterdir()
    for line in file.read_bytes().splitlines(keepends=True):
        assert len(line) <= 2048
        assert json.loads(line)["path"].startswith(f"/{letter * most}"[:200].replace("\ud800", "?"))
        assert token[:12] not in line.decode()
