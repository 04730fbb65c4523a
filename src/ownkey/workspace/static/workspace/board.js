/* A board: further cards come as they are scrolled to, and keys lead from card to card. */

const AT_ONCE = 200;
const AHEAD = 1200;

/* The last card there is, and everything above it: whoever jumps past it waits for what comes next. */
const seen = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) if (entry.isIntersecting) add(entry.target.parentElement, entry.target);
  },
  { rootMargin: `1000000px 0px ${AHEAD}px 0px` },
);

/* Room for the cards that are still to come, so that nothing moves when they do. */
function hold(list, count) {
  const first = list.firstElementChild.getBoundingClientRect();
  const last = list.children[Math.min(20, list.childElementCount) - 1].getBoundingClientRect();
  const each = (last.bottom - first.top) / Math.min(20, list.childElementCount);
  list.style.minBlockSize = count ? `${Math.round((list.childElementCount + count) * each)}px` : "";
}

function begin(list) {
  const rest = list.dataset.rest.split(",").filter(Boolean);
  list.waiting = rest;
  hold(list, rest.length);
  list.nextElementSibling?.classList.add("visually-hidden");
  seen.observe(list.lastElementChild);
}

async function add(list, last) {
  const ids = list.waiting?.slice(0, AT_ONCE) ?? [];
  if (!ids.length || list.ariaBusy === "true") return;
  seen.unobserve(last);
  list.ariaBusy = "true";
  const template = document.createElement("template");
  try {
    const answer = await fetch(`${list.dataset.further}?ids=${ids.join(",")}`);
    template.innerHTML = await answer.text();
  } catch {
    /* The link below the column leads on. */
  }
  list.ariaBusy = null;
  const cards = template.content.querySelectorAll(".issue-card");
  if (!cards.length) return stop(list);
  for (const card of cards) {
    /* Its epic has the colour that its chip above the board has. */
    const chip = card.dataset.parent && document.querySelector(`.chip-link[data-key="${card.dataset.parent}"]`);
    if (chip) card.dataset.epic = chip.dataset.epic;
  }
  list.append(...cards);
  list.waiting = list.waiting.slice(ids.length);
  if (list.waiting.length) seen.observe(list.lastElementChild);
  else finish(list);
}

function finish(list) {
  list.style.minBlockSize = "";
  list.nextElementSibling?.remove();
}

function stop(list) {
  list.style.minBlockSize = "";
  list.nextElementSibling?.classList.remove("visually-hidden");
}

function beginAll() {
  for (const list of document.querySelectorAll(".cards[data-rest]")) if (!list.waiting) begin(list);
}

const content = document.querySelector("[data-jira-content]");

/* The page has been read again: cards that were scrolled to stay, as far as they are still in the column. */
content?.addEventListener("ownkey:reading-again", ({ detail: fresh }) => {
  for (const list of content.querySelectorAll(".cards")) {
    const further = [...list.children].slice(AT_ONCE);
    const column = list.closest("[data-key]").dataset.key;
    const wanted = fresh.querySelector(`.column[data-key="${CSS.escape(column)}"] .cards[data-rest]`);
    if (!further.length || !wanted) continue;
    const rest = wanted.dataset.rest.split(",");
    const cards = new Map(further.map((card) => [card.dataset.key, card]));
    const last = rest.findLastIndex((id) => cards.has(id));
    const kept = rest.slice(0, last + 1).filter((id) => cards.has(id));
    wanted.append(...kept.map((id) => cards.get(id).cloneNode(true)));
    wanted.dataset.rest = rest.filter((id) => !kept.includes(id)).join(",");
  }
});

content?.addEventListener("ownkey:read-again", () => {
  for (const list of content.querySelectorAll(".cards")) {
    if (list.waiting) seen.unobserve(list.lastElementChild ?? list);
    list.waiting = undefined;
    renew(list, [...list.children].slice(AT_ONCE).map((card) => card.dataset.key));
  }
  beginAll();
});

/* Cards beyond the first ones are not part of what was read again. */
async function renew(list, ids) {
  while (ids.length) {
    const answer = await fetch(`${list.dataset.further}?ids=${ids.splice(0, AT_ONCE).join(",")}`).catch(() => null);
    const template = document.createElement("template");
    template.innerHTML = answer?.ok ? await answer.text() : "";
    for (const card of template.content.querySelectorAll(".issue-card"))
      list.querySelector(`[data-key="${CSS.escape(card.dataset.key)}"]`)?.replaceWith(card);
  }
}

if (content) new MutationObserver(beginAll).observe(content, { childList: true, subtree: true });
beginAll();

const STEPS = {
  j: [0, 1], ArrowDown: [0, 1],
  k: [0, -1], ArrowUp: [0, -1],
  l: [1, 0], ArrowRight: [1, 0],
  h: [-1, 0], ArrowLeft: [-1, 0],
};

document.addEventListener("keydown", (event) => {
  const step = STEPS[event.key];
  if (!step || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, select, textarea, dialog, [contenteditable]")) return;
  const card = event.target.closest(".issue-card");
  /* Arrows scroll as long as no card has the focus. */
  if (!card && event.key.startsWith("Arrow")) return;
  const next = card ? beside(card, step) : document.querySelector(".issue-card");
  if (!next) return;
  event.preventDefault();
  next.querySelector("a.key").focus();
});

function beside(card, [across, down]) {
  if (down) return down > 0 ? card.nextElementSibling : card.previousElementSibling;
  const list = card.parentElement;
  const lists = [...card.closest(".board").querySelectorAll(".cards")].filter((each) => each.childElementCount);
  const other = lists[lists.indexOf(list) + across];
  const place = [...list.children].indexOf(card);
  return other?.children[Math.min(place, other.childElementCount - 1)];
}
