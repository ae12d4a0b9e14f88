// Progressive: without this the page is whole, and the form asks the server.
// It filters here, counts ages on, and exchanges what has changed when the server says so.
"use strict";

const by = (id) => document.getElementById(id);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

// --- time: by the server's clock, which need not be this machine's -------------------------------------

let ahead = Date.parse(document.body.dataset.now) - Date.now();
const now = () => Date.now() + ahead;

function spoken(seconds) {
  const units = [["d", 86400], ["h", 3600], ["m", 60], ["s", 1]];
  const first = units.findIndex(([, unit]) => seconds >= unit);
  if (first < 0) return "0s";
  let left = seconds, words = "";
  for (const [letter, unit] of units.slice(first, first < 2 ? first + 2 : first + 1)) {
    const count = Math.floor(left / unit);
    left -= count * unit;
    words += count ? count + letter : "";
  }
  return words;
}

function tick(within = document) {
  for (const time of all("time[data-age], time[data-in]", within)) {
    const seconds = Math.floor((now() - Date.parse(time.dateTime)) / 1000);
    const words = "in" in time.dataset ? (seconds < 0 ? "in " + spoken(-seconds) : "now") : spoken(Math.max(0, seconds));
    if (time.textContent !== words) time.textContent = words;
    if (time.dataset.due) time.parentElement.classList.toggle("late", seconds > Number(time.dataset.due));
  }
}

// --- filter: here, with its state in the address -------------------------------------------------------

const table = by("matrix"), form = by("filter");
const here = () => table && "whole" in table.dataset;

function wanted() {
  const asked = new URLSearchParams(location.search);
  return { q: asked.get("q") || "", state: asked.get("state") || "", environment: asked.get("environment") || "" };
}

function matches(row, { state, environment, words }) {
  const cells = all("td", row).filter((cell) => !cell.classList.contains("none") && (!environment || cell.dataset.e === environment));
  if (!cells.length || (state && !cells.some((cell) => cell.classList.contains(state)))) return false;
  row.words ??= row.textContent.toLowerCase();
  return words.every((word) => row.words.includes(word));
}

function filter() {
  if (!here()) return;
  const asked = wanted(), rows = [...by("rows").rows];
  asked.words = asked.q.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const row of rows) {
    const hidden = !matches(row, asked);
    if (row.hidden !== hidden) row.hidden = hidden;
    shown += !hidden;
  }
  for (const cell of all("[data-e]", table)) cell.hidden = Boolean(asked.environment) && cell.dataset.e !== asked.environment;
  for (const chip of all("[data-state]")) {
    if (chip.dataset.state === asked.state) chip.setAttribute("aria-current", "true");
    else chip.removeAttribute("aria-current");
  }
  by("none").hidden = shown > 0;
  const total = `${rows.length.toLocaleString("en")} app${rows.length === 1 ? "" : "s"}`;
  const words = shown === rows.length ? total : `${shown.toLocaleString("en")} of ${total}`;
  if (by("shown").textContent !== words) by("shown").textContent = words;
}

function ask(changed) {
  const asked = new URLSearchParams(Object.entries({ ...wanted(), ...changed }).filter(([, value]) => value));
  history.replaceState(null, "", asked.size ? `?${asked}` : location.pathname);
  filter();
}

function listen() {
  const read = () => Object.fromEntries(new FormData(form));
  form.addEventListener("input", () => here() && ask(read()));
  form.addEventListener("submit", (event) => { if (here()) { event.preventDefault(); ask(read()); } });
  document.addEventListener("click", (event) => {
    const chip = event.target.closest("[data-state]");
    if (!chip || !here() || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    form.elements.state.value = form.elements.state.value === chip.dataset.state ? "" : chip.dataset.state;
    ask(read());
  });
}

// --- what is new: the server says when, the page is asked for again, and only what differs is exchanged -

let version = document.body.dataset.version, asking = false, again = false;

function exchange(old, fresh) {
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const place = focused && all("a, button, summary, [tabindex]", old).indexOf(focused);
  const opened = all("details", old).map((one) => ("touched" in one.dataset ? one.open : undefined));
  old.replaceWith(fresh);
  all("details", fresh).forEach((one, index) => { if (opened[index] !== undefined) [one.open, one.dataset.touched] = [opened[index], ""]; });
  if (focused) {
    const named = focused.id ? by(focused.id) : null;
    (named || all("a, button, summary, [tabindex]", fresh)[place] || fresh.querySelector("a"))?.focus({ preventScroll: true });
  }
}

function renew(page) {
  const changed = [], parts = all("[data-v]", page), ids = new Set(parts.map((part) => part.id));
  for (const old of all("[data-v]")) if (!ids.has(old.id)) old.remove();
  let before = null, list = null;
  for (const fresh of parts) {
    const old = by(fresh.id), parent = fresh.parentElement?.id ?? list;
    if (parent !== list) [before, list] = [null, parent];
    if (old && old.dataset.v === fresh.dataset.v) { before = old; continue; }
    if (old) exchange(old, fresh);
    else add(fresh, before, list);
    before = fresh;
    if (fresh.dataset.name) { fresh.classList.add("changed"); changed.push(fresh.dataset.name); }
  }
  document.title = page.title;
  const icon = 'link[rel="icon"]';
  document.querySelector(icon).href = page.querySelector(icon).getAttribute("href");
  return changed;
}

// Behind the part that stands before it there; parts that were exchanged already are no longer there.
function add(fresh, before, list) {
  if (before) before.after(fresh);
  else by(list)?.prepend(fresh);
}

function say(changed) {
  if (!changed.length) return;
  const some = changed.slice(0, 3).join(", ");
  by("said").textContent = `Changed: ${some}${changed.length > 3 ? ` and ${changed.length - 3} more` : ""}`;
}

async function refresh() {
  if (asking) { again = true; return; }
  asking = true;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      version = page.body.dataset.version;
      const changed = renew(page);
      toNow();
      offer();
      filter();
      tick();
      say(changed);
    }
  } catch { /* the stream notices that, too, and comes back */ }
  setTimeout(() => { asking = false; if (again) { again = false; refresh(); } }, 1000);
}

function live(words, on) {
  const sign = by("live");
  sign.hidden = false;
  sign.classList.toggle("on", on);
  if (sign.textContent !== words) sign.textContent = words;
}

// A page that lists passes is another one after each of them.
let passed = null;
function passedSince(told) {
  const before = passed;
  passed = JSON.stringify(told.passed);
  return "eachPass" in document.body.dataset && before !== null && before !== passed;
}

let stream, heard = 0;
function connect() {
  stream?.close();
  heard = Date.now();
  stream = new EventSource(document.body.dataset.base + "/events");
  stream.addEventListener("board", (event) => {
    const told = JSON.parse(event.data);
    heard = Date.now();
    ahead = Date.parse(told.now) - heard;
    live("live", true);
    if (told.version !== version || passedSince(told)) refresh();
    else for (const time of all("#pulse time[data-due], #pulse time[data-next]")) {
      const at = told.passed[time.dataset.of] || told.next[time.dataset.next];
      if (at) time.dateTime = at;
    }
    tick(document.querySelector("header"));
  });
  stream.onerror = () => live("reconnecting", false);
}

// A stream that is refused, or silent for three heartbeats, is asked for anew.
function watch() {
  const silent = Date.now() - heard > 50_000;
  if (silent || stream.readyState === EventSource.CLOSED) { if (Date.now() - heard > 10_000) connect(); }
}

// What matters in a timeline is where it ends.
const toNow = () => all(".scroll:has(.picture)").forEach((box) => { box.scrollLeft = box.scrollWidth; });

// --- commands to copy: the buttons are of use only here -------------------------------------------------

function offer(root = document) {
  for (const button of all("button[data-copy]", root)) button.hidden = false;
}

async function copy(button) {
  const code = button.previousElementSibling;
  try {
    await navigator.clipboard.writeText(code.textContent);
  } catch { // not allowed, or not over https: chosen, it is one key away
    getSelection().selectAllChildren(code);
    return;
  }
  button.textContent = "Copied";
  by("said").textContent = "Copied";
  setTimeout(() => { button.textContent = "Copy"; }, 1500);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-copy]");
  if (button) copy(button);
});

document.addEventListener("click", (event) => {
  const details = event.target.closest("summary")?.parentElement;
  if (details) details.dataset.touched = "";
});
document.documentElement.classList.add("scripted");
toNow();
offer();
if (form) listen();
if (wanted().environment) filter(); // the server has chosen the rows already, but shows every column
tick();
setInterval(tick, 1000, document.querySelector("header"));
setInterval(tick, 15_000);
connect();
setInterval(watch, 5000);
addEventListener("pageshow", (event) => { if (event.persisted) { connect(); refresh(); } });
document.documentElement.dataset.ready = "";
