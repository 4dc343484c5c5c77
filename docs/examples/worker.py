"""A worker for Andon with nothing but Python's standard library.

ANDON_SERVER  address of the server; default http://127.0.0.1:7400
ANDON_TOKEN   a token with the scope "worker"
ANDON_WORKER  name of this worker; two at once need two names
"""

import json
import os
import socket
import sys
import threading
import time
import urllib.error
import urllib.request

SERVER = os.environ.get("ANDON_SERVER", "http://127.0.0.1:7400").rstrip("/")
TOKEN = os.environ["ANDON_TOKEN"]
NAME = os.environ.get("ANDON_WORKER", f"{socket.gethostname()}:{os.getpid()}")
LEASE_MS = 60_000
HEARTBEAT_S = 2


class LeaseLost(Exception):
    """The job is not ours any more: somebody else has it, or it has ended."""


class Cancelled(Exception):
    """Somebody wants the job stopped."""


def call(path, body):
    """One request; the parsed answer, or None when there is none."""
    request = urllib.request.Request(
        f"{SERVER}{path}",
        data=json.dumps(body).encode(),
        headers={"authorization": f"Bearer {TOKEN}", "content-type": "application/json"},
        method="POST",
    )
    try:
        with urllib.request.urlopen(request, timeout=40) as answer:
            text = answer.read()
            return json.loads(text) if text else None
    except urllib.error.HTTPError as error:
        problem = json.loads(error.read() or b"{}")
        if error.code == 409:
            raise LeaseLost(problem.get("detail")) from error
        raise RuntimeError(f"{error.code} {problem.get('code')}: {problem.get('detail')}") from error


class Job:
    """A claimed job. Every report carries the lease token that came with it."""

    def __init__(self, claimed):
        self.id = claimed["id"]
        self.type = claimed["type"]
        self.input = claimed["input"]
        self.attempt = claimed["attempt"]
        self._token = claimed["lease_token"]
        self._cancel_requested = threading.Event()
        self._ended = threading.Event()
        threading.Thread(target=self._keep_alive, daemon=True).start()

    def report(self, verb, **fields):
        return call(f"/api/jobs/{self.id}/{verb}", {"lease_token": self._token, **fields})

    def step(self, name, done, total):
        """Progress, and the point at which a cancelled job stops."""
        if self._cancel_requested.is_set():
            raise Cancelled()
        self.report("progress", step=name, steps_done=done, steps_total=total)

    def log(self, message, level="info"):
        self.report("logs", lines=[{"message": message, "level": level}])

    def end(self, verb, **fields):
        self._ended.set()
        self.report(verb, **fields)

    def _keep_alive(self):
        while not self._ended.wait(HEARTBEAT_S):
            try:
                if self.report("heartbeat")["cancel_requested"]:
                    self._cancel_requested.set()
            except LeaseLost:
                self._cancel_requested.set()
                return
            except (OSError, RuntimeError) as error:
                print(f"heartbeat: {error}", file=sys.stderr)


def render_report(job):
    """The work itself: takes its steps, and returns its result."""
    pages = int((job.input or {}).get("pages", 3))
    for page in range(1, pages + 1):
        job.step(f"page {page}", page - 1, pages)
        time.sleep(0.05)
    job.log("rendered")
    return {"pages": pages}


HANDLERS = {"report.python": render_report}


def run(job):
    try:
        job.end("complete", result=HANDLERS[job.type](job))
    except Cancelled:
        job.end("fail", message="stopped as asked")
    except LeaseLost as lost:
        print(f"{job.id}: {lost}", file=sys.stderr)
    except Exception as error:  # A handler may throw anything: the job keeps it.
        job.end("fail", code="handler_failed", message=str(error) or type(error).__name__)


def main():
    wanted = {"worker": NAME, "types": list(HANDLERS), "lease_ms": LEASE_MS, "wait_ms": 20_000}
    while True:
        try:
            for claimed in call("/api/workers/claim", wanted)["data"]:
                run(Job(claimed))
        except (OSError, RuntimeError) as error:
            print(f"claim: {error}", file=sys.stderr)
            time.sleep(2)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
