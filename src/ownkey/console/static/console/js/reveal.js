/* A button that shows what is typed into a password field, for a password that is being chosen. */

for (const input of document.querySelectorAll("input[data-reveal]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button quiet small";
  button.setAttribute("aria-controls", input.id);
  const say = () => {
    const shown = input.type === "text";
    button.textContent = shown ? "Hide" : "Show";
    button.setAttribute("aria-label", shown ? "Hide the password" : "Show the password");
  };
  button.addEventListener("click", () => {
    input.type = input.type === "password" ? "text" : "password";
    say();
  });
  /* Browsers keep what a text field held; a password field they forget. */
  input.form?.addEventListener("submit", () => {
    input.type = "password";
  });
  const row = document.createElement("div");
  row.className = "field-row";
  input.replaceWith(row);
  row.append(input, button);
  say();
}
