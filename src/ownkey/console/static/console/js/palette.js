/* Finding anything, from anywhere: opened by / or Ctrl+K (⌘K), or by the link at the top. One list: what Ownkey
   knows at once, then Jira's issues. Arrows choose, Enter opens, Escape leads back. */

const PAUSE_MS = 150;
const link = document.querySelector("[data-palette]");
let dialog, input, list, status, chosen, timer, asking;

function build() {
  dialog = document.createElement("dialog");
  dialog.className = "palette";
  dialog.setAttribute("aria-label", "Find anything");
  dialog.innerHTML = `
    <input type="search" role="combobox" aria-expanded="true" aria-controls="palette-list" aria-autocomplete="list"
      aria-label="Issues, boards, people, scopes, pages" placeholder="Issues, boards, people, scopes, pages"
      autocomplete="off" spellcheck="false">
    <div id="palette-list" role="listbox" aria-label="What was found"></div>
    <p class="palette-keys muted"><kbd>↑</kbd> <kbd>↓</kbd> choose · <kbd>Enter</kbd> open · <kbd>Esc</kbd> close</p>
    <p class="visually-hidden" role="status"></p>`;
  document.body.append(dialog);
  [input, list, status] = ["input", "#palette-list", "[role=status]"].map((each) => dialog.querySelector(each));
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(find, PAUSE_MS);
  });
  input.addEventListener("keydown", onKey);
  list.addEventListener("pointermove", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) choose(option);
  });
  list.addEventListener("click", (event) => leave(event.target.closest("[role=option]")));
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
}

function open() {
  if (!dialog) build();
  if (dialog.open) return;
  dialog.showModal();
  input.select();
  find();
}

async function find() {
  asking?.abort();
  const { signal } = (asking = new AbortController());
  const words = input.value.trim();
  const account = location.pathname.match(/^\/work\/([\w-]+)\//)?.[1] ?? "";
  const own = await piece(`${link.getAttribute("href")}?${new URLSearchParams({ part: "list", q: words, account })}`, signal);
  if (own === null) return;
  list.innerHTML = own;
  prepare();
  const address = list.firstElementChild?.dataset.issues;
  const place = list.querySelector(".found-issues ul");
  if (!address || !place) return;
  list.ariaBusy = "true";
  const issues = await piece(`${address}?${new URLSearchParams({ q: words })}`, signal);
  list.ariaBusy = null;
  if (issues === null) return;
  place.insertAdjacentHTML("afterbegin", issues);
  prepare();
}

async function piece(address, signal) {
  try {
    const answer = await fetch(address, { signal });
    return answer.ok && !answer.redirected ? await answer.text() : null;
  } catch {
    return null;
  }
}

/* Links become the options of a list whose focus stays in the field. */
function prepare() {
  const options = [...list.querySelectorAll("li")];
  for (const each of list.querySelectorAll("section")) each.role = "group";
  for (const each of list.querySelectorAll("ul, h2")) each.role = "presentation";
  options.forEach((option, number) => {
    option.role = "option";
    option.id = `palette-${number}`;
    option.ariaSelected = "false";
    const anchor = option.querySelector("a");
    if (!anchor) return;
    option.address = anchor.href;
    const words = document.createElement("span");
    words.append(...anchor.childNodes);
    anchor.replaceWith(words);
  });
  status.textContent = `${options.length} found`;
  choose(options[0]);
}

function choose(option) {
  if (chosen) chosen.ariaSelected = "false";
  chosen = option;
  if (!option) return input.removeAttribute("aria-activedescendant");
  option.ariaSelected = "true";
  input.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

function onKey(event) {
  const options = [...list.querySelectorAll("[role=option]")];
  const at = options.indexOf(chosen);
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && options.length) {
    event.preventDefault();
    choose(options[(at + step + options.length) % options.length]);
  } else if (event.key === "Enter") {
    event.preventDefault();
    leave(chosen);
  }
}

function leave(option) {
  if (option?.address) location.assign(option.address);
}

document.addEventListener("keydown", (event) => {
  const isTyping = event.target.closest?.("input, select, textarea, [contenteditable], dialog");
  const isCommand = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k";
  const isSlash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !isTyping;
  if (!link || event.defaultPrevented || !(isCommand || isSlash)) return;
  event.preventDefault();
  open();
});

for (const each of document.querySelectorAll("[data-palette]"))
  each.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open();
  });
