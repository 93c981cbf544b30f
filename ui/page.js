// What HTML and Gradio's events cannot do: bring a card and its sentence together, tell Python which
// button of a message was pressed, and keep conversations in this browser.
// Gradio calls this function once, when the page has loaded.
() => {
  const words = document.querySelector("#masthead header")?.dataset ?? {};
  document.documentElement.lang = words.language ?? "fr";
  const calm = matchMedia("(prefers-reduced-motion: reduce)");

  // --- conversations: a key each, so that two tabs do not overwrite each other's --------------

  const PREFIX = "sourcier.conversation.";
  const seen = {}; // what this tab knows to be stored of each conversation

  function stored() {
    try {
      return Object.keys(localStorage);
    } catch {
      return []; // the browser keeps nothing for this page
    }
  }

  function conversations() {
    const found = [];
    for (const key of stored()) {
      if (!key.startsWith(PREFIX)) continue;
      try {
        const { id, name, at } = JSON.parse(localStorage[key]);
        found.push({ id, name, at });
      } catch {
        found.push({ id: key.slice(PREFIX.length), name: "?", at: "" });
      }
    }
    return found.sort((one, other) => (other.at > one.at ? 1 : -1));
  }

  function read(id) {
    try {
      return JSON.parse(localStorage[PREFIX + id]);
    } catch {
      return null;
    }
  }

  function write(conversation) {
    try {
      localStorage[PREFIX + conversation.id] = JSON.stringify(conversation);
    } catch {
      tell("input", {});
    }
  }

  function open(id) {
    sessionStorage.setItem("sourcier.open", id);
    const conversation = read(id);
    seen[id] = exchanges(conversation);
    tell("select", { conversation });
    list();
  }

  const exchanges = (conversation) => conversation && JSON.stringify(conversation.exchanges);

  // What another tab answered in the same conversation is kept beside it, as one of its own.
  function setApart(before) {
    if (!before || exchanges(before) === seen[before.id]) return;
    write({ ...before, id: hex() });
  }

  const hex = () => Array.from(crypto.getRandomValues(new Uint8Array(16)),
    (byte) => byte.toString(16).padStart(2, "0")).join("");

  const list = () => tell("change", { conversations: conversations() });

  window.sourcier = {
    keep(kept) {
      if (!kept) return;
      const conversation = JSON.parse(kept);
      const before = read(conversation.id);
      setApart(before);
      if (before?.renamed) Object.assign(conversation, { name: before.name, renamed: true });
      write(conversation);
      seen[conversation.id] = exchanges(conversation);
      sessionStorage.setItem("sourcier.open", conversation.id);
      list();
    },
    left() {
      sessionStorage.removeItem("sourcier.open");
      list();
      box()?.focus();
    },
    // What was sent leaves the box here: Python's answer would take along what is typed meanwhile.
    sent() {
      if (typed) fill("");
    },
  };

  // --- the bridge to Python ---------------------------------------------------------------------

  function tell(event, data) {
    document.dispatchEvent(new CustomEvent("sourcier", { detail: { event, data } }));
  }

  function begin() {
    list();
    const last = sessionStorage.getItem("sourcier.open");
    if (last && read(last)) open(last);
    const draft = sessionStorage.getItem(DRAFT);
    if (draft && !box().value) fill(draft);
  }

  const acts = {
    open: ({ id }) => open(id),
    rename({ id, name, asked }) {
      const given = prompt(asked, name)?.trim();
      const conversation = given && read(id);
      if (!conversation) return;
      Object.assign(conversation, { name: given.slice(0, 200), renamed: true });
      write(conversation);
      list();
    },
    delete({ id, asked }) {
      if (!confirm(asked)) return;
      localStorage.removeItem(PREFIX + id);
      if (sessionStorage.getItem("sourcier.open") === id) document.getElementById("new")?.click();
      else list();
    },
    next: ({ question }) => tell("submit", { act: "next", question }),
    retry: ({ target }) => replacing(target) && tell("submit", { act: "retry", target }),
    without: ({ target }) => replacing(target) && tell("submit", { act: "without", target }),
    edit({ target }) {
      tell("edit", { target });
      box()?.focus();
    },
    copy: ({ target }, button) => copy(document.getElementById(`copied-${target}`), button),
  };

  // An earlier question asked again takes the place of those after it too.
  function replacing(target) {
    const asked = document.querySelectorAll("#conversation .question").length;
    return parseInt(target) >= asked || confirm(words.replaces);
  }

  async function copy(text, button) {
    const said = button.textContent;
    try {
      await navigator.clipboard.writeText(text.textContent);
      button.textContent = words.copied;
    } catch {
      button.textContent = words.notCopied;
    }
    setTimeout(() => (button.textContent = said), 2000);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button.act");
    if (!button) return;
    // The sanitiser of chat messages leaves no data-*, so there the id says it: act-retry-3.
    const [, named, ...target] = button.id.split("-");
    const act = button.dataset.act ?? named;
    const told = { target: target.join("-"), ...button.dataset };
    if (acts[act]) acts[act](told, button);
    else tell("like", { ...told, judgement: act });
  });

  // --- the question box ---------------------------------------------------------------------------

  const DRAFT = "sourcier.draft";
  let typed = false; // whether what is asked is what the box holds, not a button pressed

  const box = () => document.querySelector("#question textarea");

  function fill(text) {
    box().value = text;
    box().dispatchEvent(new Event("input", { bubbles: true }));
  }

  document.addEventListener("click", (event) => {
    typed = Boolean(event.target.closest?.("#question"));
  }, true);

  document.addEventListener("keydown", (event) => {
    if (event.target !== box() || event.key !== "Enter" || event.shiftKey) return;
    typed = true;
    if (event.target.value.trim()) return;
    // An empty question is not sent: its round trip would undo what is typed meanwhile.
    event.preventDefault();
    event.stopPropagation();
  }, true);

  // A phone may end a page that was left without another word, hence the second event.
  for (const leaving of ["pagehide", "visibilitychange"])
    addEventListener(leaving, () => sessionStorage.setItem(DRAFT, box().value));

  // --- a citation and its card ------------------------------------------------------------------

  function show(target) {
    for (let fold = target.parentElement; fold; fold = fold.parentElement)
      if (fold.tagName === "DETAILS") fold.open = true;
    for (const old of document.querySelectorAll(".shown")) old.classList.remove("shown");
    target.classList.add("shown");
    target.tabIndex = -1; // the sanitiser of chat messages takes this attribute away
    target.focus({ preventScroll: true });
    target.scrollIntoView({ block: "start", behavior: calm.matches ? "auto" : "smooth" });
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a.marker, a.near, a.back");
    const target = link && document.getElementById(link.getAttribute("href").slice(1));
    if (!target) return;
    event.preventDefault();
    show(target);
  });

  // `toggle` does not bubble, hence the capture. Scrolls the report, not the page.
  document.addEventListener("toggle", (event) => {
    const whole = event.target.open && event.target.querySelector?.(":scope > .whole");
    const mark = whole && (whole.querySelector("mark:not(.other)") ?? whole.querySelector("mark"));
    if (mark) whole.scrollTop += mark.getBoundingClientRect().top
      - whole.getBoundingClientRect().top - whole.clientHeight / 3;
  }, true);

  // --- what Gradio would say or do otherwise ----------------------------------------------------

  // The language that is chosen is that of the next visit too.
  document.addEventListener("click", (event) => {
    const chosen = event.target.closest?.("#masthead nav a")?.lang;
    if (chosen) document.cookie = `sourcier_language=${chosen};path=/;max-age=31536000;samesite=lax`;
  });

  // Gradio labels each message with its source text, which here is HTML, the log in English, and
  // calls the examples a list, though they are buttons.
  function relabel(conversation, name) {
    const log = conversation.querySelector('[role="log"]');
    if (log?.ariaLabel !== name) log?.setAttribute("aria-label", name);
    for (const message of conversation.querySelectorAll("[data-testid][aria-label]"))
      message.removeAttribute("aria-label");
    const examples = conversation.querySelector(".examples[role]");
    examples?.removeAttribute("role");
    for (const example of examples?.querySelectorAll("[aria-label]") ?? [])
      example.removeAttribute("aria-label");
  }
  const conversation = document.getElementById("conversation");
  if (conversation) {
    new MutationObserver(() => relabel(conversation, words.log)).observe(conversation, {
      attributeFilter: ["aria-label"], childList: true, subtree: true,
    });
    relabel(conversation, words.log);
  }

  // A fold of Gradio's says neither that it is one nor whether it is open.
  function unfolding(fold) {
    const button = fold.querySelector("button");
    const content = fold.querySelector("[data-testid='accordion-content']");
    button.querySelector(".icon")?.setAttribute("aria-hidden", "true");
    const told = () => button.setAttribute("aria-expanded", String(content.style.display !== "none"));
    new MutationObserver(told).observe(content, { attributeFilter: ["style"] });
    told();
  }
  for (const fold of document.querySelectorAll("#conversations, #filters")) unfolding(fold);

  if ("bridged" in document.documentElement.dataset) begin();
  else document.addEventListener("sourcier-bridged", begin, { once: true });
}
