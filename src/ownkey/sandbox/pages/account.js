// Adds to pages that work without it: live filtering of scopes, a live count, and copying.

const form = document.getElementById("scopes");
if (form) {
  const rows = [...form.querySelectorAll("li[data-kind]")];
  const search = form.elements.search;
  const kind = form.elements.kind;
  const limit = Number(form.dataset.limit);
  const elsewhere = Number(form.dataset.elsewhere);

  const nameOf = (row) => row.querySelector("input").value;
  const namesIn = (text) => {
    const parts = [...new Set(text.split(/[\s,;]+/).filter(Boolean))];
    return parts.length > 1 && parts.some((part) => part.includes(":")) ? parts : [];
  };
  const unknown = document.getElementById("unknown");
  const likeAName = /^[a-z][a-z.-]{1,30}(:[a-z][a-z.-]{1,40}){1,2}$/;
  const showUnknown = (names) => {
    const shown = [...new Set(names.map((name) => (likeAName.test(name) ? name : "something else")))];
    const code = document.createElement("code");
    code.textContent = shown.join(", ");
    unknown.replaceChildren(...(shown.length ? ["No scope is called: ", code] : []));
  };

  const filter = () => {
    const wanted = search.value.trim().toLowerCase();
    const names = namesIn(wanted);
    const offered = new Set(rows.map(nameOf));
    let found = 0;
    for (const row of rows) {
      // A list of names, or one text, looked for as a whole, in the name or in the words: as the server does.
      const parts = [row.querySelector("code"), row.querySelector(".sub")];
      const matches = names.length
        ? names.includes(nameOf(row))
        : parts.some((part) => part.textContent.toLowerCase().includes(wanted));
      row.hidden = !(matches && (!kind.value || kind.value === row.dataset.kind));
      found += row.hidden ? 0 : 1;
    }
    document.getElementById("found").textContent = found === 1 ? "1 scope" : `${found} scopes`;
    form.dataset.empty = String(found === 0);
    showUnknown(names.filter((name) => !offered.has(name)));
  };
  const count = () => {
    const selected = elsewhere + rows.filter((row) => row.querySelector("input").checked).length;
    document.getElementById("selected").textContent = String(selected);
    document.getElementById("count").dataset.state = selected > limit ? "over" : "within";
  };

  search.addEventListener("input", filter);
  kind.addEventListener("change", filter);
  form.addEventListener("change", count);
  form.addEventListener("submit", (event) => {
    // The list is filtered already: Enter in the search box and Search have nothing left to do.
    if (event.submitter?.value === "search") event.preventDefault();
  });
  // A browser that comes back to this page puts old values into the form after it is loaded.
  addEventListener("pageshow", () => {
    filter();
    count();
  });
}

for (const button of document.querySelectorAll("[data-copy]")) {
  const field = document.getElementById(button.dataset.copy);
  const said = document.getElementById("copied");
  button.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      said.textContent = "Copied.";
    } catch {
      said.textContent = "Press Ctrl+C to copy the selected token.";
    }
  });
}
