/* Asks before a form with data-confirm (or a button with it) is sent. Without JavaScript it is sent at once. */

const dialog = document.createElement("dialog");
dialog.className = "dialog";
dialog.setAttribute("aria-labelledby", "confirm-question");
dialog.innerHTML = `
  <form method="dialog">
    <h2 id="confirm-question"></h2>
    <p class="actions">
      <button class="button danger" value="yes"></button>
      <button class="button quiet" value="no" autofocus>Cancel</button>
    </p>
  </form>`;
document.body.append(dialog);

document.addEventListener("submit", (event) => {
  const form = event.target;
  const asker = event.submitter?.dataset.confirm ? event.submitter : form;
  const question = asker.dataset.confirm;
  if (!question || form.dataset.confirmed) return;
  event.preventDefault();
  const submitter = event.submitter;
  dialog.querySelector("h2").textContent = question;
  dialog.querySelector("[value=yes]").textContent = submitter?.textContent.trim() || "Yes";
  dialog.returnValue = "";
  dialog.showModal();
  dialog.addEventListener(
    "close",
    () => {
      if (dialog.returnValue !== "yes") return;
      form.dataset.confirmed = "yes";
      form.requestSubmit(submitter ?? undefined);
      delete form.dataset.confirmed;
    },
    { once: true },
  );
});
