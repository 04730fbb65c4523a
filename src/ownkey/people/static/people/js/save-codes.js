/* A button that saves the recovery codes as a file: they are on this page once, so nothing can be asked for again. */

for (const button of document.querySelectorAll("[data-save]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const codes = [...document.querySelectorAll(`${button.dataset.save} li`)].map((item) => item.textContent.trim());
    const text = `Recovery codes for Ownkey (${location.host}). Each works once.\n\n${codes.join("\n")}\n`;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
    link.download = "ownkey-recovery-codes.txt";
    link.click();
    URL.revokeObjectURL(link.href);
  });
}
