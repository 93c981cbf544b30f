"""A real Chroma server on loopback, that tests start, kill and start again."""

import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

CHROMA = Path(sys.executable).with_name("chroma")
UP_WITHIN = 60
"""Seconds; it takes one."""


class ChromaServer:
    """`chroma run` on a free port; what it keeps is in the folder `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = int(probe.getsockname()[1])
        self.url = f"http://127.0.0.1:{self._port}"
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start it, on the same port each time, and wait until it answers."""
        self.stop()
        place = ["--path", str(self.path), "--host", "127.0.0.1", "--port", str(self._port)]
        self._process = subprocess.Popen(
            [str(CHROMA), "run", *place],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        last = time.monotonic() + UP_WITHIN
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > last:
                self.stop()
                raise RuntimeError("`chroma run` did not start")
            time.sleep(0.02)

    def stop(self) -> None:
        """Kill it (SIGKILL): it has no time to put anything in order."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """Let it listen and say nothing."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process
        self._process.send_signal(signal.SIGCONT)

    def _answers(self) -> bool:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(f"{self.url}/api/v2/heartbeat", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False
