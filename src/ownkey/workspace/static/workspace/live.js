/* An open page reads again what has changed, in place. One stream serves all tabs of a browser: the tab that
   holds a lock has it, and passes on which pages were written to. A hidden tab asks nothing. */

import { morph } from "./morph.js";

const AT_LEAST_S = 3;
const AT_MOST_S = 30;
const BUSY_FOR_MS = 60_000;
const content = document.querySelector("[data-jira-content][data-live]");
const account = content?.dataset.live;
const address = location.pathname + location.search;
const channel = new BroadcastChannel("ownkey-live");
let pause = AT_LEAST_S;
let timer;
let isAsking = false;
let isWaiting = false;
let busyAt = Date.now();
let failedSince = null;

for (const each of ["pointerdown", "keydown", "wheel", "touchstart"])
  addEventListener(each, () => { if (Date.now() - busyAt > BUSY_FOR_MS) wake(); busyAt = Date.now(); }, { passive: true });

/* The reader is back: the next question comes soon again. */
function wake() {
  pause = AT_LEAST_S;
  plan(AT_LEAST_S);
}

function plan(seconds) {
  clearTimeout(timer);
  if (!document.hidden) timer = setTimeout(ask, seconds * 1000);
}

async function ask(isUrgent = false) {
  if (document.hidden) return;
  if (isAsking) {
    isWaiting ||= isUrgent;
    return;
  }
  isAsking = true;
  clearTimeout(timer);
  const url = new URL(location.href);
  url.searchParams.set("part", "news");
  if (isUrgent) url.searchParams.set("urgent", "1");
  let found;
  try {
    const answer = await fetch(url, { headers: { Accept: "application/json" }, redirect: "error" });
    found = answer.ok ? await answer.json() : { state: "trouble" };
  } catch {
    found = { state: "trouble" };
  }
  isAsking = false;
  take(found);
  if (isWaiting) {
    isWaiting = false;
    ask(true);
    return;
  }
  const isBusy = Date.now() - busyAt < BUSY_FOR_MS;
  pause = isBusy || found.state === "changed" ? AT_LEAST_S : Math.min(pause * 1.5, AT_MOST_S);
  plan(Math.max(pause, found.next_s ?? AT_MOST_S));
}

function take(found) {
  if (found.state === "trouble") failedSince ??= new Date();
  else if (found.state !== "later") failedSince = null;
  if (found.state === "changed") show(found.html);
  if (found.read_at) for (const time of content.querySelectorAll("time[data-read-at]")) time.dateTime = found.read_at;
  tell();
}

function show(html) {
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  const focused = document.activeElement?.closest("[data-key]")?.dataset.key;
  content.dispatchEvent(new CustomEvent("ownkey:reading-again", { detail: fresh.content }));
  morph(content, fresh.content);
  content.dispatchEvent(new CustomEvent("ownkey:read-again"));
  /* A card that has moved to another column takes the focus along. */
  if (focused && !content.contains(document.activeElement) && document.activeElement === document.body)
    content.querySelector(`[data-key="${CSS.escape(focused)}"] a`)?.focus({ preventScroll: true });
}

/* How old the page is, in words that change by themselves. */
function tell() {
  for (const time of content.querySelectorAll("time[data-read-at]")) {
    const seconds = Math.max(0, Math.round((Date.now() - Date.parse(time.dateTime)) / 1000));
    const words = failedSince
      ? `Jira has not answered since ${clock(failedSince)}; as of ${clock(new Date(time.dateTime))}`
      : seconds < 60 ? `as of ${seconds} s ago` : seconds < 3600 ? `as of ${Math.floor(seconds / 60)} min ago` : `as of ${clock(new Date(time.dateTime))}`;
    if (time.textContent !== words) time.textContent = words;
    time.toggleAttribute("data-failed", failedSince !== null);
  }
}

function clock(moment) {
  return moment.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

/* The stream. */

function pass(message) {
  channel.postMessage(message);
  hear(message);
}

function hear({ pages, ended }) {
  if (ended) {
    clearTimeout(timer);
    ask(true);
  } else if (pages?.includes(address)) ask(true);
}

function lead() {
  return new Promise((release) => {
    const accounts = new Set([account]);
    let stream;
    const open = () => {
      stream?.close();
      const query = [...accounts].map((each) => `account=${encodeURIComponent(each)}`).join("&");
      stream = new EventSource(`/work/live/?${query}`);
      stream.addEventListener("written", (event) => pass(JSON.parse(event.data)));
      stream.addEventListener("ended", () => {
        stream.close();
        pass({ ended: true });
      });
    };
    channel.addEventListener("message", ({ data }) => {
      if (data.account && !accounts.has(data.account)) {
        accounts.add(data.account);
        open();
      }
    });
    open();
    channel.postMessage({ who: true });
    addEventListener("pagehide", () => {
      stream.close();
      release();
    });
  });
}

if (content) {
  channel.addEventListener("message", ({ data }) => {
    if (data.who) channel.postMessage({ account });
    else hear(data);
  });
  channel.postMessage({ account });
  /* The lock is held for as long as the tab is there; then another tab has it. */
  navigator.locks?.request("ownkey-live", lead);
  document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : ask()));
  setInterval(tell, 1000);
  tell();
  plan(AT_LEAST_S);
}
