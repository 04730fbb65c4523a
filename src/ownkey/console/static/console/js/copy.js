/* Copy buttons. They are hidden until this module runs: without JavaScript they could do nothing. */

const announcer = document.createElement("p");
announcer.className = "visually-hidden";
announcer.setAttribute("role", "status");
document.body.append(announcer);

function textFor(button) {
  const source = button.dataset.copyFrom;
  if (!source) return button.dataset.copy ?? "";
  const element = document.querySelector(source);
  return (element?.value ?? element?.textContent ?? "").trim();
}

async function write(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  /* Browsers give the clipboard to secure pages only; on plain http the old way still works. */
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  if (!copied) throw new Error("The browser refused to copy.");
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-copy-from]");
  if (!button) return;
  try {
    await write(textFor(button));
    button.dataset.state = "copied";
    announcer.textContent = "Copied.";
    button.dispatchEvent(new CustomEvent("ownkey:copied", { bubbles: true }));
  } catch {
    button.dataset.state = "failed";
    announcer.textContent = "The browser refused to copy. Select the text and copy it yourself.";
  }
  setTimeout(() => {
    delete button.dataset.state;
    announcer.textContent = "";
  }, 2000);
});

for (const button of document.querySelectorAll("[data-copy], [data-copy-from]")) button.hidden = false;
