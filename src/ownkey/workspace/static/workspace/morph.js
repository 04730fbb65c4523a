/* Makes one piece of a page like another one, with as few changes as there are differences: what has the focus
   keeps it, what is open stays open, and nothing moves that is where it was. */

const KEPT = new Set(["open", "data-waiting"]);

function keyOf(node) {
  return node.nodeType === Node.ELEMENT_NODE ? node.id || node.dataset?.key || null : null;
}

function isAlike(one, other) {
  return (
    one.nodeType === other.nodeType &&
    one.nodeName === other.nodeName &&
    keyOf(one) === keyOf(other) &&
    one.classList?.[0] === other.classList?.[0]
  );
}

/* The next node without a key that is like the one that is wanted: what stands before it is wanted no more.
   Texts are like each other everywhere, so only the next node is one. */
function nextAlike(here, wanted) {
  if (wanted.nodeType !== Node.ELEMENT_NODE) return here && isAlike(here, wanted) ? here : null;
  for (let node = here; node; node = node.nextSibling) if (!keyOf(node) && isAlike(node, wanted)) return node;
  return null;
}

export function morph(into, from) {
  const keyed = new Map();
  for (const child of into.childNodes) if (keyOf(child)) keyed.set(keyOf(child), child);
  let here = into.firstChild;
  for (const wanted of [...from.childNodes]) {
    const key = keyOf(wanted);
    let found = key ? keyed.get(key) : null;
    if (found && !isAlike(found, wanted)) found = null;
    if (!key) {
      found = nextAlike(here, wanted);
      while (found && here !== found && !keyOf(here)) here = dropped(here);
    }
    if (!found) {
      into.insertBefore(wanted, here);
      continue;
    }
    if (found === here) here = here.nextSibling;
    else into.insertBefore(found, here);
    if (key) keyed.delete(key);
    update(found, wanted);
  }
  while (here) here = dropped(here);
}

function dropped(node) {
  const next = node.nextSibling;
  node.remove();
  return next;
}

function update(found, wanted) {
  if (found.nodeType !== Node.ELEMENT_NODE) {
    if (found.nodeValue !== wanted.nodeValue) found.nodeValue = wanted.nodeValue;
    return;
  }
  if (found.isEqualNode(wanted)) return;
  for (const { name, value } of wanted.attributes)
    if (!KEPT.has(name) && found.getAttribute(name) !== value) found.setAttribute(name, value);
  for (const { name } of [...found.attributes])
    if (!KEPT.has(name) && !wanted.hasAttribute(name)) found.removeAttribute(name);
  /* What the reader has typed or chosen stays. */
  if (found.matches("input, textarea, select")) return;
  morph(found, wanted);
}
