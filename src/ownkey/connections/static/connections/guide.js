/* The guide's ticks, kept in this browser for one person and one ALM account. No secret comes near it. */

function read(key) {
  try {
    const found = JSON.parse(localStorage.getItem(key) ?? "[]");
    return new Set(Array.isArray(found) ? found : []);
  } catch {
    return new Set();
  }
}

function write(key, ticks) {
  try {
    if (ticks.size) localStorage.setItem(key, JSON.stringify([...ticks]));
    else localStorage.removeItem(key);
  } catch {
    /* A browser that keeps nothing shows the ticks until the page is left. */
  }
}

function nameOf(box) {
  return box.dataset.step ?? box.dataset.scope;
}

function boxesOf(guide) {
  return [...guide.querySelectorAll("[data-step], [data-scope]")];
}

function show(guide) {
  const steps = [...guide.children];
  const current = steps.find((step) => !step.querySelector("[data-step]").checked);
  for (const step of steps) {
    if (step.querySelector("[data-step]").checked) step.dataset.state = "done";
    else if (step === current) step.dataset.state = "current";
    else delete step.dataset.state;
  }
  const scopes = [...guide.querySelectorAll("[data-scope]")];
  const progress = guide.querySelector("[data-progress]");
  if (progress) {
    const ticked = scopes.filter((box) => box.checked).length;
    progress.hidden = ticked === 0;
    progress.textContent = `${ticked} of ${scopes.length} ticked`;
  }
}

function restore(guide) {
  const ticks = read(guide.dataset.guide);
  for (const box of boxesOf(guide)) box.checked = ticks.has(nameOf(box));
  for (const button of guide.querySelectorAll("[data-copy]")) button.hidden = false;
  const scopes = [...guide.querySelectorAll("[data-scope]")];
  const isUnderWay = scopes.some((box) => box.checked) && !scopes.every((box) => box.checked);
  if (isUnderWay) guide.querySelector("details.one-by-one").open = true;
  show(guide);
}

document.addEventListener("change", (event) => {
  const guide = event.target.closest("[data-guide]");
  if (!guide || !nameOf(event.target)) return;
  if (event.target.dataset.step === "scopes" && event.target.checked) {
    for (const box of guide.querySelectorAll("[data-scope]")) box.checked = true;
  }
  if (event.target.dataset.scope) {
    const scopes = [...guide.querySelectorAll("[data-scope]")];
    guide.querySelector('[data-step="scopes"]').checked = scopes.every((box) => box.checked);
  }
  const ticked = boxesOf(guide).filter((box) => box.checked);
  write(guide.dataset.guide, new Set(ticked.map(nameOf)));
  show(guide);
});

document.addEventListener("ownkey:copied", (event) => {
  if (!event.target.matches("[data-ticks]")) return;
  const box = event.target.closest("li").querySelector("[data-scope]");
  if (box.checked) return;
  box.checked = true;
  box.dispatchEvent(new Event("change", { bubbles: true }));
});

document.addEventListener("ownkey:placed", (event) => {
  if (event.target.matches('.guide-mark[data-state="missing"]')) event.target.closest("details").open = true;
  for (const guide of event.target.querySelectorAll("[data-guide]")) restore(guide);
});

for (const guide of document.querySelectorAll("[data-guide]")) restore(guide);
