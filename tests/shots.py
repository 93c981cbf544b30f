"""Pictures of every view: ``make shots`` makes them in ``shots/``, which is not committed.

The real page over the project's archive, with the default model. Each view wide and 390 pixels
narrow, in the light and in the dark, in French; a walk more in English and one in Vietnamese.
``python tests/shots.py --docs`` then writes the README's four into ``docs/``, small.
"""

import contextlib
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from eval.bench import Bench
from rag.answer import Assistant
from rag.config import read_settings
from rag.embed import SentenceEmbeddings
from rag.index import sync
from rag.library import Library
from rag.store import Store
from ui.page import Behind
from ui.serve import serve
from ui.words import Language, Words

ROOT = Path(__file__).parents[1]
SHOTS = ROOT / "shots"
WALKS: list[tuple[Language, Literal["light", "dark"], int]] = [
    ("fr", "light", 1400),
    ("fr", "dark", 1400),
    ("fr", "light", 390),
    ("fr", "dark", 390),
    ("en", "light", 1400),
    ("vi", "light", 390),
]
FOR_THE_README = {
    "chat": "03-source-fr-light-1400",
    "refusal": "04-refusal-en-light-1400",
    "library": "08-removing-fr-dark-1400",
    "phone": "02-answer-fr-dark-390",
}
SET = "vingt-questions.jsonl"
ASKED: dict[Language, str] = {
    "fr": "Combien coûte le canal Funan Techo ?",
    "en": "How much does the Funan Techo canal cost?",
    "vi": "Kênh đào Phù Nam Techo tốn bao nhiêu tiền?",
}
STRANGE: dict[Language, str] = {
    "fr": "Qui est le maire de Lyon ?",
    "en": "Who is the mayor of Lyon?",
    "vi": "Ai là thị trưởng thành phố Lyon?",
}


@contextlib.contextmanager
def page_served(where: Path) -> Iterator[str]:
    """Index ``corpus/`` into the folder `where`, serve the page over it, and yield its address."""
    settings = read_settings(index=str(where / "index"))
    model = SentenceEmbeddings(settings)
    store = Store(settings.index, model.name, create=True)
    sync([ROOT / "corpus"], store, model)
    assistant = Assistant.opened(settings, model)
    sets = where / "sets"
    sets.mkdir()
    lines = (ROOT / "eval/questions/dev.jsonl").read_text(encoding="utf-8").splitlines()[::10]
    (sets / SET).write_text("\n".join(lines[:20]), encoding="utf-8")
    behind = Behind(
        assistant,
        Library(settings.model_copy(update={"cache": where}), model, model.name),
        Bench(assistant, settings, sets=sets, runs=where / "runs"),
        where / "feedback.jsonl",
        [
            ASKED["fr"],
            "Que dit la déclaration de Vientiane ?",
            "Quand la Charte a-t-elle été signée ?",
        ],
    )
    with serve(behind, host="127.0.0.1", port=0, say=lambda _: None, block=False) as chat:
        yield chat.url


# --- the views ---------------------------------------------------------------------------------


def empty(page: Page, words: Words) -> None:
    page.get_by_label(words("question")).wait_for()
    page.locator("#conversation .example").first.wait_for()


def answer(page: Page, words: Words) -> None:
    _ask(page, words, ASKED[words.language])
    page.locator("#next button").first.wait_for()


def source(page: Page, words: Words) -> None:  # noqa: ARG001
    page.locator(".statement .marker").first.click()
    page.locator("article.card summary").first.click()


def refusal(page: Page, words: Words) -> None:
    page.get_by_role("button", name=words("new_conversation")).click()
    page.locator("#conversation .example").first.wait_for()
    _ask(page, words, STRANGE[words.language])
    page.locator(".refusal").wait_for()


def unfolded(page: Page, words: Words) -> None:
    _ask(page, words, ASKED[words.language])
    page.locator("#next button").first.wait_for()
    page.get_by_role("button", name=words("feedback_wrong")).last.click()
    page.locator("#judged textarea").wait_for()
    page.get_by_role("button", name=words("filters"), exact=True).click()
    page.locator("#filters textarea").first.wait_for()


def conversations(page: Page, words: Words) -> None:
    page.get_by_role("button", name=words("filters"), exact=True).click()
    page.get_by_role("button", name=words("conversations"), exact=True).click()
    page.locator("#listed li").first.wait_for()


def library(page: Page, words: Words) -> None:
    page.get_by_role("tab", name=words("view_library")).click()
    page.locator("#library-reports tbody tr").first.wait_for()


def removing(page: Page, words: Words) -> None:  # noqa: ARG001
    page.locator("#library-reports button").first.click()
    page.locator("#library-question .ask").wait_for()
    page.locator("#library-no").focus()


def evaluation(page: Page, words: Words) -> None:
    page.get_by_role("tab", name=words("view_evaluation")).click()
    page.get_by_label(words("evaluation_choose_set")).click()
    page.get_by_role("option", name=SET).first.click()
    page.get_by_role("button", name=words("evaluation_run"), exact=True).click()
    page.locator("#evaluation-measures table").first.wait_for(timeout=120_000)
    page.locator(".failure, #evaluation-failures .told").first.wait_for()


def failure(page: Page, words: Words) -> None:  # noqa: ARG001
    page.locator("#evaluation-failures").scroll_into_view_if_needed()


VIEWS: list[Callable[[Page, Words], None]] = [
    empty,
    answer,
    source,
    refusal,
    unfolded,
    conversations,
    library,
    removing,
    evaluation,
    failure,
]


def _ask(page: Page, words: Words, question: str) -> None:
    whole = page.locator(".acts").count()
    box = page.get_by_label(words("question"))
    box.fill(question)
    box.press("Enter")
    page.locator(".acts").nth(whole).wait_for()


def main() -> None:
    shutil.rmtree(SHOTS, ignore_errors=True)
    SHOTS.mkdir()
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as where, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        with page_served(Path(where)) as url:
            for language, scheme, width in WALKS:
                context = browser.new_context(
                    viewport={"width": width, "height": 844 if width < 500 else 900},
                    color_scheme=scheme,
                    locale=language,
                    reduced_motion="reduce",
                )
                page = context.new_page()
                page.goto(f"{url}/{language if language != 'fr' else ''}")
                for number, view in enumerate(VIEWS, 1):
                    view(page, Words(language))
                    page.wait_for_timeout(400)
                    name = f"{number:02}-{view.__name__}-{language}-{scheme}-{width}.png"
                    page.screenshot(path=SHOTS / name)
                    if width < 500:
                        page.screenshot(path=SHOTS / f"whole-{name}", full_page=True)
                context.close()
                print(f"{language}, {scheme}, {width}: {len(VIEWS)} views")
        browser.close()
    if "--docs" in sys.argv[1:]:
        into_docs()


def into_docs() -> None:
    for name, shot in FOR_THE_README.items():
        with Image.open(SHOTS / f"{shot}.png") as picture:
            few = picture.convert("RGB").quantize(64, dither=Image.Dither.NONE)
            few.save(ROOT / "docs" / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
