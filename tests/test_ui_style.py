"""The style sheets: contrast, and that nothing is fetched."""

import re
from pathlib import Path

import pytest

import ui

# --- the style sheet -------------------------------------------------------------------------

_READ_ON = [
    *[(ink, ground) for ink in ("ink", "muted", "accent") for ground in ("paper", "sheet", "wash")],
    ("on-accent", "accent"),
    ("on-mark", "mark"),
    *[(ink, "warn-wash") for ink in ("ink", "muted", "warn", "accent")],
    ("warn", "paper"),
    *[(ink, "bad-wash") for ink in ("ink", "bad")],
]


@pytest.mark.parametrize("scheme", [":root", ".dark"])
@pytest.mark.parametrize(("ink", "ground"), _READ_ON)
def test_text_stands_out_from_its_ground(scheme: str, ink: str, ground: str) -> None:
    """WCAG 2.2, 1.4.3: at least 4.5 to 1."""
    sheet = Path(ui.__file__).with_name("style.css").read_text(encoding="utf-8")
    block = sheet[sheet.index(f"{scheme} {{") :].partition("}")[0]
    palette = dict(re.findall(r"--([\w-]+): (#\w{6});", block))
    light, dark = sorted((luminance(palette[ink]), luminance(palette[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def luminance(colour: str) -> float:
    channels = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_style_sheet_and_the_script_fetch_nothing() -> None:
    for file in Path(ui.__file__).parent.glob("*.[cj]ss*"):
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"url\(|@import|https?:|fetch\(", text)
