/* Passkeys. A form with data-passkey is shown only where the browser has them; sending it asks the browser first.

   "create" and "get" find their options on the page; "sign-in" fetches them, so that a sign-in page that stays open
   all night still works. allauth's webauthn-json does the encoding. */

const { webauthnJSON } = globalThis;

const optionsOnPage = () => JSON.parse(document.getElementById("passkey-options").textContent);

async function fetchOptions(form) {
  const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error("Ownkey did not answer.");
  return answer.json();
}

const ceremonies = {
  create: async () => webauthnJSON.create(optionsOnPage().creation_options),
  get: async () => webauthnJSON.get(optionsOnPage().request_options),
  "sign-in": async (form) => webauthnJSON.get((await fetchOptions(form)).request_options),
};

function problemOf(error) {
  if (error.name === "InvalidStateError") return "This device has a passkey for you already.";
  if (error.name === "NotAllowedError") return "The browser used no passkey: it was stopped, or it took too long.";
  return "That did not work. Reload the page and try again.";
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!webauthnJSON?.supported()) continue;
  for (const hidden of form.querySelectorAll("[hidden]")) {
    if (!hidden.matches("[data-passkey-problem]")) hidden.hidden = false;
  }
  form.hidden = false;
  const problem = form.querySelector("[data-passkey-problem]");
  const button = form.querySelector("button[type=submit]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    problem.hidden = true;
    button.disabled = true;
    try {
      const credential = await ceremonies[form.dataset.passkey](form);
      form.elements.credential.value = JSON.stringify(credential);
      form.submit();
    } catch (error) {
      problem.querySelector("p").textContent = problemOf(error);
      problem.hidden = false;
    } finally {
      button.disabled = false;
    }
  });
}
