"""How the page's own events are set up: nothing of Gradio's is shown, nothing is an endpoint."""

from typing import Any

QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
