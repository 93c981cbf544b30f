"""Time from pressing Enter to an answer's first words and to its last, in a real Chromium.

::

    python benchmarks/page.py                # 20 questions of eval/questions/dev.jsonl
    python benchmarks/page.py --questions 60

The archive is ``corpus/``, indexed for the run; the page is that of `sourcier chat`, with the
default model and writer. A clock in the browser notes Enter, then when the conversation first shows
a sentence or a refusal, and when it shows what can be done with a whole answer. Each question
begins a conversation of its own; one unrecorded question comes first.
"""

import argparse
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[1]

_CLOCK = """
() => {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    const times = (window.times = { enter: performance.now() });
    const seen = new MutationObserver(() => {
      // After the paint, when a person can read it.
      const note = (name) => (times[name] ??= 0) || requestAnimationFrame(
        () => (times[name] ||= performance.now() - times.enter));
      if (document.querySelector("#conversation .statement, #conversation .refusal")) note("first");
      if (document.querySelector("#conversation .acts")) {
        note("last");
        seen.disconnect();
      }
    });
    seen.observe(document.body, { childList: true, subtree: true });
  }, true);
}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--questions", type=int, default=20, help="how many (default 20)")
    asked = _questions(parser.parse_args().questions)
    print(f"load {os.getloadavg()[0]:.2f} before, {os.cpu_count()} cores", file=sys.stderr)
    with tempfile.TemporaryDirectory() as where, _served(Path(where)) as url:
        times = _timed(url, asked)
    print(f"load {os.getloadavg()[0]:.2f} after", file=sys.stderr)
    print(f"| from Enter to, {len(asked)} questions | median | p95 | most |\n|---|--:|--:|--:|")
    for name, said in (("first", "the first words"), ("last", "the last, answer whole")):
        values = sorted(time[name] for time in times)
        p95 = statistics.quantiles(values, n=20, method="inclusive")[-1]
        shown = (statistics.median(values), p95, values[-1])
        print(f"| {said} | {' | '.join(f'{value:.0f} ms' for value in shown)} |")


def _questions(count: int) -> list[str]:
    """Return questions from all over the set."""
    lines = (ROOT / "eval/questions/dev.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["question"] for line in lines[:: max(1, len(lines) // count)]][:count]


@contextlib.contextmanager
def _served(where: Path) -> Iterator[str]:
    """Index the archive and open the page, as a person would; yield its address."""
    environment = {**os.environ, "SOURCIER_INDEX": str(where / "index")}
    sourcier = [str(Path(sys.executable).with_name("sourcier"))]
    subprocess.run([*sourcier, "index", str(ROOT / "corpus")], env=environment, check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    with subprocess.Popen(
        [*sourcier, "chat", "--port", "0"], env=environment, stderr=subprocess.PIPE, text=True
    ) as chat:
        assert chat.stderr is not None
        try:
            line = next(line for line in chat.stderr if line.startswith("Chat ready at "))
            yield line.split()[3]
        finally:
            chat.terminate()


def _timed(url: str, asked: list[str]) -> list[dict[str, float]]:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_context(locale="fr-FR").new_page()
        page.goto(url)
        page.get_by_label("Votre question").wait_for()
        page.evaluate(_CLOCK)
        _one(page, "Où est Hanoï ?")
        times = [_another(page, question) for question in asked]
        browser.close()
    return times


def _another(page: Page, question: str) -> dict[str, float]:
    page.get_by_role("button", name="Nouvelle conversation").click()
    page.locator("#conversation .example").first.wait_for()
    page.wait_for_timeout(300)
    return _one(page, question)


def _one(page: Page, question: str) -> dict[str, float]:
    box = page.get_by_label("Votre question")
    box.fill(question)
    box.press("Enter")
    page.wait_for_function("window.times?.first && window.times?.last")
    times: dict[str, float] = page.evaluate("window.times")
    page.wait_for_timeout(700)  # what is suggested and exported comes after, and is not waited for
    return times


if __name__ == "__main__":
    main()
