// What HTML alone cannot do: bring a card and its sentence together, and name the language.
// Gradio calls this function once, when the page has loaded.
() => {
  document.documentElement.lang = "fr";
  const calm = matchMedia("(prefers-reduced-motion: reduce)");

  function show(target) {
    for (let fold = target.parentElement; fold; fold = fold.parentElement)
      if (fold.tagName === "DETAILS") fold.open = true;
    for (const old of document.querySelectorAll(".shown")) old.classList.remove("shown");
    target.classList.add("shown");
    target.tabIndex = -1; // the sanitiser of chat messages takes this attribute away
    target.focus({ preventScroll: true });
    target.scrollIntoView({ block: "start", behavior: calm.matches ? "auto" : "smooth" });
  }

  // Gradio labels each message with its source text, which here is HTML, and the log in English.
  function relabel(conversation) {
    const log = conversation.querySelector('[role="log"]:not([aria-label="Conversation"])');
    log?.setAttribute("aria-label", "Conversation"); // once: setting it again would loop
    for (const message of conversation.querySelectorAll("[data-testid][aria-label]"))
      message.removeAttribute("aria-label");
  }
  const conversation = document.getElementById("conversation");
  if (conversation) {
    new MutationObserver(() => relabel(conversation)).observe(conversation, {
      attributeFilter: ["aria-label"], childList: true, subtree: true,
    });
    relabel(conversation);
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a.marker, a.near, a.back");
    const target = link && document.getElementById(link.getAttribute("href").slice(1));
    if (!target) return;
    event.preventDefault();
    show(target);
  });

  // An empty question is not sent: its round trip would undo what is typed meanwhile.
  document.addEventListener("keydown", (event) => {
    const box = event.target.closest?.("#question textarea");
    if (!box || event.key !== "Enter" || event.shiftKey || box.value.trim()) return;
    event.preventDefault();
    event.stopPropagation();
  }, true);

  // `toggle` does not bubble, hence the capture. Scrolls the report, not the page.
  document.addEventListener("toggle", (event) => {
    const whole = event.target.open && event.target.querySelector?.(":scope > .whole");
    const mark = whole && whole.querySelector("mark");
    if (mark) whole.scrollTop += mark.getBoundingClientRect().top
      - whole.getBoundingClientRect().top - whole.clientHeight / 3;
  }, true);
}
