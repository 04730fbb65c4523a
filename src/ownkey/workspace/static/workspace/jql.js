/* How a query can go on: a list under the field, by keyboard or mouse. Without it the field is a plain one. */

const field = document.querySelector("[data-completion]");
const list = document.getElementById("completion");
let asked = null;
let wait = 0;

field.setAttribute("role", "combobox");
field.setAttribute("aria-autocomplete", "list");
field.setAttribute("aria-expanded", "false");
field.setAttribute("aria-controls", list.id);

function close() {
  asked?.abort();
  clearTimeout(wait);
  list.hidden = true;
  list.replaceChildren();
  field.setAttribute("aria-expanded", "false");
  field.removeAttribute("aria-activedescendant");
}

async function ask() {
  asked?.abort();
  asked = new AbortController();
  const before = field.value.slice(0, field.selectionStart);
  try {
    const answer = await fetch(`${field.dataset.completion}?${new URLSearchParams({ before })}`, {
      signal: asked.signal,
    });
    const template = document.createElement("template");
    template.innerHTML = answer.ok ? await answer.text() : "";
    const options = template.content.querySelectorAll("[role=option]");
    if (!options.length || document.activeElement !== field) return close();
    list.replaceChildren(...options);
    list.hidden = false;
    field.setAttribute("aria-expanded", "true");
    field.removeAttribute("aria-activedescendant");
  } catch {
    /* Another letter was typed meanwhile, or nobody answers: the field is a plain one. */
  }
}

function activate(option) {
  for (const each of list.children) each.removeAttribute("aria-selected");
  if (!option) return field.removeAttribute("aria-activedescendant");
  option.setAttribute("aria-selected", "true");
  option.scrollIntoView({ block: "nearest" });
  field.setAttribute("aria-activedescendant", option.id);
}

function take(option) {
  const { insert, start } = option.dataset;
  const after = field.value.slice(field.selectionStart);
  const before = `${field.value.slice(0, Number(start))}${insert}${after.startsWith(" ") ? "" : " "}`;
  field.value = before + after;
  field.setSelectionRange(before.length, before.length);
  close();
  field.focus();
  wait = setTimeout(ask, 0);
}

field.addEventListener("input", () => {
  clearTimeout(wait);
  wait = setTimeout(ask, 120);
});

field.addEventListener("keydown", (event) => {
  const active = list.querySelector("[aria-selected]");
  if (event.key === "ArrowDown" && list.hidden) {
    event.preventDefault();
    ask();
  } else if (list.hidden) {
    return;
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const step = event.key === "ArrowDown" ? "nextElementSibling" : "previousElementSibling";
    const end = event.key === "ArrowDown" ? list.firstElementChild : list.lastElementChild;
    activate(active ? active[step] ?? end : end);
  } else if (event.key === "Escape") {
    event.preventDefault();
    close();
  } else if (event.key === "Enter" && active) {
    event.preventDefault();
    take(active);
  }
});

list.addEventListener("mousedown", (event) => {
  const option = event.target.closest("[role=option]");
  event.preventDefault();
  if (option) take(option);
});
field.addEventListener("blur", close);
