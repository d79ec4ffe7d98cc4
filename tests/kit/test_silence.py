"""Who is silent and why, in words for people, and whether a call went out."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from commerce.kit.remote import silence
from commerce.kit.remote.http import NoAnswerError, send_request
from tools.servers import free_port


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Takes connections, and says nothing."""
    with closing(socket.create_server(("127.0.0.1", 0))) as made:
        yield made


def silent(url: str, seconds: float = 3) -> NoAnswerError:
    with pytest.raises(NoAnswerError) as told:
        send_request("GET", url, seconds=seconds)
    return told.value


def test_what_keeps_one_from_connecting_is_told(listener: socket.socket) -> None:
    port, busy = free_port(), listener.getsockname()[1]
    cases = {
        f"http://127.0.0.1:{port}/x?key=secret": (f"127.0.0.1:{port}", silence.REFUSED),
        "http://nobody.invalid/": ("nobody.invalid", silence.UNKNOWN_NAME),
        "ftp:x": ("-", silence.NO_ADDRESS),
    }
    for url, said in cases.items():
        error = silent(url)
        assert silence.split_silence(str(error)) == said
        assert not error.was_sent
    late = silent(f"https://127.0.0.1:{busy}/", 0.3)
    assert silence.split_silence(str(late)) == (f"127.0.0.1:{busy}", silence.TOO_LATE)
    assert not late.was_sent


def test_a_call_that_went_out_is_told_apart(listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    late = silent(f"http://127.0.0.1:{port}/", 0.3)
    assert (silence.split_silence(str(late))[1], late.was_sent) == (silence.TOO_LATE, True)

    def hang_up() -> None:
        while True:
            try:
                line, _from = listener.accept()
            except OSError:
                return
            line.recv(1000)
            line.close()

    threading.Thread(target=hang_up, daemon=True).start()
    broken = silent(f"http://127.0.0.1:{port}/")
    assert (silence.split_silence(str(broken))[1], broken.was_sent) == (silence.BROKEN_OFF, True)


def test_another_text_is_all_reason() -> None:
    assert silence.split_silence("the panel answers 504") == ("", "the panel answers 504")
    assert silence.split_silence("a: b") == ("", "a: b")
