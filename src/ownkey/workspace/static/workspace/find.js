/* A form with data-find is searched while its field is typed in; its button does the same without JavaScript. */

const AFTER_MS = 120;

const announcer = document.createElement("p");
announcer.className = "visually-hidden";
announcer.setAttribute("role", "status");
document.body.append(announcer);

let waiting;
let asking;

async function find(form) {
  asking?.abort();
  const { signal } = (asking = new AbortController());
  const given = new URLSearchParams(new FormData(form));
  const shown = `${location.pathname}?${given}`;
  given.set("part", "content");
  const target = document.querySelector(form.dataset.find);
  target.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(`${location.pathname}?${given}`, { signal });
    const html = await answer.text();
    if (answer.redirected) return location.reload(); // signed out in the meantime
    if (!answer.ok || signal.aborted) return;
    target.innerHTML = html;
    history.replaceState(null, "", shown);
    announcer.textContent = target.querySelector(".figures")?.textContent ?? "";
  } catch {
    /* The button still searches. */
  } finally {
    if (!signal.aborted) target.removeAttribute("aria-busy");
  }
}

function soon(event) {
  const form = event.target.closest("form[data-find]");
  if (!form) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => find(form), AFTER_MS);
}

document.addEventListener("input", soon);
document.addEventListener("change", soon);
