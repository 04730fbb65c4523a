/* Fields that come and go: Change opens the secret's fields in place, and the form of an ALM account shows
   only what belongs to its type. Without this module Change is a link, and every field says when it matters. */

function open(form) {
  for (const part of form.querySelectorAll("[data-before-change]")) {
    part.hidden = true;
    for (const input of part.querySelectorAll("input")) input.disabled = true;
  }
  for (const part of form.querySelectorAll("[data-after-change]")) {
    part.hidden = false;
    part.disabled = false;
    for (const input of part.querySelectorAll(":disabled")) input.disabled = false;
  }
  form.querySelector('input[type="password"]')?.focus();
}

/* Back to the saved token: what was typed is forgotten. */
function close(form) {
  for (const part of form.querySelectorAll("[data-before-change]")) {
    part.hidden = false;
    for (const input of part.querySelectorAll("input")) input.disabled = false;
  }
  for (const part of form.querySelectorAll("[data-after-change]")) {
    part.hidden = true;
    part.disabled = true;
  }
  for (const secret of form.querySelectorAll('input[type="password"]')) secret.value = "";
  form.querySelector("a[data-change]")?.focus();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-change], a[data-keep]");
  const form = link?.closest("form");
  /* Where the page came with the fields open, the link leads to the page with the saved token. */
  if (!form?.querySelector("[data-before-change]")) return;
  event.preventDefault();
  if ("change" in link.dataset) open(form);
  else close(form);
});

/* What a test that was under way brings after Change was pressed stays closed, too. */
document.addEventListener("ownkey:placed", ({ target }) => {
  if (!target.closest("form")?.querySelector("[data-after-change]:not([hidden])")) return;
  for (const part of target.querySelectorAll("[data-before-change]")) part.hidden = true;
});

const DATA_CENTER_WAYS = ["personal-access-token", "password"];

function choose(form, name) {
  return form.querySelector(`[name="${name}"]:checked`)?.value ?? form.elements[name]?.value;
}

function showWhatMatters(form) {
  const kind = choose(form, "kind");
  const isCloud = kind === "jira-cloud";
  for (const part of form.querySelectorAll('[data-only="jira-cloud"]')) part.hidden = !isCloud;
  for (const input of form.querySelectorAll('[name="authentication"]')) {
    const fits = DATA_CENTER_WAYS.includes(input.value) !== isCloud;
    input.closest("label").hidden = !fits;
    if (!fits && input.checked) {
      form.querySelector(`[name="authentication"][value="${isCloud ? "scoped-api-token" : "personal-access-token"}"]`).checked = true;
    }
  }
  const login = form.elements.login?.closest(".field");
  if (login) login.hidden = choose(form, "authentication") === "personal-access-token";
  for (const part of form.querySelectorAll('[data-only="own"]')) part.hidden = choose(form, "profile") !== "own";
  for (const part of form.querySelectorAll('[data-only="own-main"]')) part.hidden = choose(form, "main_profile") !== "own";
}

let request = 0;

async function showGuide(form) {
  const mine = ++request;
  const data = new FormData(form);
  data.delete("token"); /* the guide has no use for it */
  try {
    const response = await fetch(form.dataset.guideUrl, { method: "POST", body: data });
    if (!response.ok || mine !== request) return;
    const { html } = JSON.parse(await response.text());
    const template = document.createElement("template");
    template.innerHTML = html;
    const fresh = template.content.firstElementChild;
    document.querySelector('[data-slot="guide"]').replaceWith(fresh);
    fresh.dispatchEvent(new CustomEvent("ownkey:placed", { bubbles: true }));
  } catch {
    /* The old guide stays; the next test brings the right one. */
  }
}

for (const form of document.querySelectorAll("form[data-account-form]")) {
  showWhatMatters(form);
  form.addEventListener("change", (event) => {
    showWhatMatters(form);
    if (["kind", "name", "profile", "own_scopes", "main_profile", "main_own_scopes", "site_url"].includes(event.target.name)) showGuide(form);
  });
}
