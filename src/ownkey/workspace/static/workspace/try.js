/* A form with data-try is asked in place: its answer goes where the attribute points. Without JavaScript the
   form leads to a page with the same answer. */

const GONE = "Ownkey could not be reached, so nothing was asked. What you typed is still there.";

function place(target, html) {
  target.innerHTML = html;
  const row = target.closest("tr[hidden]");
  if (row) row.hidden = false;
}

function tell(target, sentence) {
  const notice = document.createElement("p");
  notice.className = "notice";
  notice.dataset.tone = "error";
  notice.setAttribute("role", "alert");
  notice.textContent = sentence;
  target.replaceChildren(notice);
  const row = target.closest("tr[hidden]");
  if (row) row.hidden = false;
}

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-try]");
  const target = form && document.querySelector(form.dataset.try);
  if (!target) return;
  event.preventDefault();
  const button = event.submitter ?? form.querySelector("button[type=submit]");
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true");
  target.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(`${form.action}?part=content`, { method: "POST", body: new FormData(form) });
    const html = await answer.text();
    if (answer.redirected) return location.reload(); // signed out in the meantime
    if (!answer.ok) return tell(target, `Ownkey answered ${answer.status}. Reload the page and try again.`);
    place(target, html);
    target.setAttribute("tabindex", "-1");
    target.focus({ preventScroll: true });
    target.scrollIntoView({ block: "nearest" });
  } catch {
    tell(target, GONE);
  } finally {
    button.removeAttribute("aria-disabled");
    target.removeAttribute("aria-busy");
  }
});
