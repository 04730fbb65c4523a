/* The live checklist: Test Connection and Find send the form, and each line of the answer replaces one part
   of the page, as soon as it arrives. Without this module the same buttons answer with a whole page. */

const STREAM_TYPE = "application/x-ndjson";

function say(name) {
  return document.querySelector(`template[data-sentence="${name}"]`)?.content.textContent.trim() ?? "";
}

function slotNamed(name) {
  return [...document.querySelectorAll("[data-slot]")].find((element) => element.dataset.slot === name);
}

function place({ slot, html }) {
  const old = slotNamed(slot);
  if (!old) return;
  const template = document.createElement("template");
  template.innerHTML = html;
  const fresh = template.content.firstElementChild;
  if (!fresh) return;
  if (old.getAttribute("role") === "status") {
    /* A live region has to stay the same element to be heard. */
    old.replaceChildren(...fresh.childNodes);
    return;
  }
  old.replaceWith(fresh);
  showLocalTimes(fresh);
  fresh.dispatchEvent(new CustomEvent("ownkey:placed", { bubbles: true, detail: { slot } }));
}

function showLocalTimes(root) {
  for (const time of root.querySelectorAll("time[data-local-time]")) {
    const at = new Date(time.dateTime);
    time.textContent = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  }
}

function showProblem(sentence) {
  const notice = slotNamed("problem");
  const paragraph = document.createElement("p");
  paragraph.textContent = sentence;
  notice.replaceChildren(paragraph);
  notice.hidden = false;
  notice.focus();
}

function clearErrors(form) {
  const notice = slotNamed("problem");
  if (notice) {
    notice.hidden = true;
    notice.replaceChildren();
  }
  slotNamed("pasted")?.replaceChildren();
  for (const errors of form.querySelectorAll('[data-slot^="error:"]')) {
    errors.hidden = true;
    errors.replaceChildren();
  }
  for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
}

function pointOutErrors(form) {
  const wrong = [];
  for (const errors of form.querySelectorAll('[data-slot^="error:"]:not([hidden])')) {
    const name = errors.dataset.slot.slice("error:".length);
    for (const input of form.querySelectorAll(`[name="${name}"]:not([type="hidden"])`)) {
      input.setAttribute("aria-invalid", "true");
      const described = (input.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean);
      if (!described.includes(errors.id)) input.setAttribute("aria-describedby", [...described, errors.id].join(" "));
      wrong.push(input);
    }
  }
  const first = wrong[0];
  if (first) {
    first.closest("details")?.setAttribute("open", "");
    first.focus();
    return;
  }
  const notice = slotNamed("problem");
  if (notice && !notice.hidden) notice.focus();
}

/* Yields each line of the answer; tells at the end whether the last one was whole. */
async function* linesOf(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) if (line) yield JSON.parse(line);
  }
  if (rest) throw new Error("The answer broke off.");
}

async function send(form, button) {
  const data = new FormData(form);
  const isTest = "test" in button.dataset;
  let response;
  try {
    response = await fetch(button.formAction, {
      method: "POST",
      body: data,
      headers: { Accept: STREAM_TYPE },
      redirect: "manual",
      cache: "no-store",
    });
  } catch {
    showProblem(say("unreachable"));
    return;
  }
  if (!(response.headers.get("Content-Type") ?? "").startsWith(STREAM_TYPE)) {
    const isSignedOut = response.type === "opaqueredirect" || response.status === 403;
    showProblem(say(isSignedOut ? "signed-out" : "failed"));
    return;
  }
  let hasEnded = !response.ok || !isTest;
  try {
    for await (const line of linesOf(response)) {
      place(line);
      if (line.slot === "checklist") slotNamed("checklist").scrollIntoView({ block: "start" });
      if (line.slot === "verdict" || line.slot === "problem") hasEnded = true;
    }
  } catch {
    hasEnded = false;
  }
  if (!hasEnded) {
    showProblem(say("cut"));
    markUnfinished();
    return;
  }
  pointOutErrors(form);
  if (!isTest || !response.ok) return;
  /* The token was sent: what waits for Save is sealed, and what was refused is of no use. */
  for (const secret of form.querySelectorAll('input[type="password"]')) secret.value = "";
  slotNamed("verdict")?.scrollIntoView({ block: "nearest" });
}

function markUnfinished() {
  for (const line of document.querySelectorAll('[data-slot="checklist"] [data-state="running"]')) {
    line.dataset.state = "unsure";
  }
  slotNamed("status").textContent = "";
}

let isBusy = false;

document.addEventListener("submit", async (event) => {
  const form = event.target;
  const button = event.submitter;
  if (!form.matches("form[data-check]") || !button || !("test" in button.dataset || "find" in button.dataset)) return;
  event.preventDefault();
  if (isBusy) return;
  isBusy = true;
  button.setAttribute("aria-disabled", "true");
  form.setAttribute("aria-busy", "true");
  clearErrors(form);
  try {
    await send(form, button);
  } finally {
    isBusy = false;
    button.removeAttribute("aria-disabled");
    form.removeAttribute("aria-busy");
  }
});

showLocalTimes(document);
