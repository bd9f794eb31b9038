"use strict";

// Everything that an event says is put in as text. Only the header and the detail are HTML, which the sandbox has made safe;
// and the page's policy lets nothing run that is not this file.
const at = (id) => document.getElementById(id);
const state = { version: "", record: "", search: "", open: new Set(), known: null };

function make(name, properties, ...inside) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties ?? {})) {
    if (key === "class") element.className = value;
    else if (key.startsWith("aria-") || key.startsWith("data-")) element.setAttribute(key, value);
    else element[key] = value;
  }
  element.append(...inside.filter((part) => part !== null && part !== undefined));
  return element;
}

const plural = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
const time = (text) => {
  const date = new Date(text);
  const day = date.toLocaleDateString(undefined, { day: "numeric", month: "short", year: "numeric" });
  return make("time", { dateTime: text, title: text }, `${day}, ${date.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" })}`);
};

// A part that can be opened stays open when the page is drawn again.
function foldable(key, properties, summary, inside) {
  const details = make("details", properties, make("summary", null, ...summary));
  const fill = () => { if (details.childElementCount === 1) details.append(...inside()); };
  if (state.open.has(key)) { fill(); details.open = true; }
  details.addEventListener("toggle", () => {
    if (details.open) { state.open.add(key); fill(); } else state.open.delete(key);
  });
  return details;
}

function drawRecords(seen) {
  at("records").replaceChildren(...seen.records.map((record) => {
    const about = [record.objectType, record.objectId, seen.accounts > 1 ? `account ${record.account}` : null];
    const button = make("button", { type: "button", "aria-current": String(record.key === seen.record) },
      make("span", { class: "name" }, record.name),
      make("span", { class: "count", title: plural(record.count, "event") }, String(record.count)),
      make("span", { class: "about" }, about.filter(Boolean).join(" · ")));
    button.addEventListener("click", () => { state.record = record.key; state.known = null; load(true); });
    return make("li", null, button);
  }));
}

function tokens(card) {
  const list = make("dl", { class: "tokens" });
  for (const [name, value] of Object.entries(card.tokens)) list.append(make("dt", null, name), make("dd", null, value));
  return list;
}

function drawCard(card, fresh) {
  const key = `card ${card.templateId} ${card.id}`;
  const title = make("div", { class: "title" });
  if (card.shown?.header) title.innerHTML = card.shown.header;
  else if (card.shown?.error) title.textContent = card.shown.error;
  else title.textContent = Object.entries(card.tokens).map(([name, value]) => `${name} ${value}`).join(", ") || "no tokens";
  const head = make("div", { class: "head" },
    make("span", { class: "template" }, card.template),
    card.api === "v3" ? null : make("span", { class: "tag" }, card.api),
    card.writes > 1 ? make("span", { class: "tag" }, `written ${card.writes} times`) : null,
    time(card.at));
  const inside = () => {
    const parts = [];
    if (card.shown?.detail) {
      const body = make("div", { class: "body" });
      body.innerHTML = card.shown.detail;
      parts.push(body);
    }
    parts.push(tokens(card));
    if (card.link) parts.push(make("p", { class: "sum" }, `opens a window: ${card.link}`));
    parts.push(foldable(`json ${key}`, null, ["JSON"], () => [make("pre", { tabIndex: 0 }, JSON.stringify(card.json, null, 2))]));
    return [make("div", { class: "inside" }, ...parts)];
  };
  return make("li", null, foldable(key, { class: fresh ? "card fresh" : "card" }, [head, title], inside));
}

function drawTimeline(seen) {
  const record = seen.records.find((one) => one.key === seen.record);
  if (!record) {
    const words = state.search ? "No record is found." : "No events yet. Send some to this address:";
    const address = state.search ? null : make("p", null, make("code", null, location.origin));
    at("record").replaceChildren(make("div", { class: "empty" }, make("p", null, words), address));
    at("cards").replaceChildren();
    return;
  }
  const about = [record.objectType, record.objectId ? `record ${record.objectId}` : null, `account ${record.account}`, plural(record.count, "event")];
  at("record").replaceChildren(make("h2", null, record.name), make("p", null, about.filter(Boolean).join(" · ")));
  const ids = new Set(seen.cards.map((card) => `${card.templateId} ${card.id}`));
  const known = state.known;
  at("cards").replaceChildren(...seen.cards.map((card) => drawCard(card, known !== null && !known.has(`${card.templateId} ${card.id}`))));
  if (record.count > seen.cards.length) at("cards").append(make("li", { class: "empty" }, `and ${plural(record.count - seen.cards.length, "older event")}`));
  state.known = ids;
}

function drawLog(seen) {
  if (seen.log.length === 0) {
    at("log").replaceChildren(make("li", { class: "empty" }, "No requests yet."));
    return;
  }
  at("log").replaceChildren(...seen.log.map((entry) => {
    const bad = entry.status === null || entry.status >= 300 || entry.refused.length > 0;
    const took = entry.milliseconds === null ? "…" : `${entry.milliseconds < 10 ? entry.milliseconds.toFixed(1) : Math.round(entry.milliseconds)} ms`;
    const row = make("div", { class: "row" },
      make("span", { class: bad ? "status bad" : "status", title: entry.status === null ? "no answer" : "" }, entry.status === null ? "lost" : String(entry.status)),
      make("span", { class: "method" }, entry.method),
      // The mark keeps the slash at its place where the beginning is cut off.
      make("span", { class: "path", title: entry.path }, `\u200e${entry.path}`),
      make("span", { class: "took" }, took));
    const sum = make("div", { class: "sum" });
    if (entry.taken.length > 0) sum.append(`${plural(entry.taken.length, "event")} taken`);
    if (entry.refused.length > 0) sum.append(entry.taken.length > 0 ? ", " : "", make("span", { class: "bad" }, `${entry.refused.length} refused: ${entry.refused[0].reason}`));
    else if (entry.reason) sum.append(make("span", { class: "bad" }, entry.reason));
    if (entry.fault) sum.append(" ", make("span", { class: "tag bad" }, "fault"));
    const inside = () => [make("ol", { class: "outcomes" },
      ...entry.refused.map((event) => make("li", null, make("span", { class: "bad" }, "✕"), make("span", null, make("code", null, event.id || "without an id"), `: ${event.reason}`))),
      ...entry.taken.map((event) => make("li", null, make("span", { class: "good" }, "✓"), make("code", null, event.id))),
      make("li", null, make("span", { class: "sum" }, [`request ${entry.number}`, entry.at, entry.account ? `account ${entry.account}` : null].filter(Boolean).join(" · "))))];
    return make("li", null, foldable(`request ${entry.number}`, null, [row, sum], inside));
  }));
}

function drawTemplates(seen) {
  if (seen.templates.length === 0) {
    at("templates").replaceChildren(make("li", { class: "empty" }, "No templates yet."));
    return;
  }
  at("templates").replaceChildren(...seen.templates.map((template) => {
    const row = make("div", { class: "row" },
      make("span", { class: "name" }, template.name),
      template.api === "v3" ? null : make("span", { class: "tag" }, template.api),
      make("span", { class: "took" }, template.id ?? ""));
    const inside = () => {
      const list = make("dl", { class: "tokens" });
      for (const token of template.tokens) {
        const options = token.options.map((option) => option.value).join(", ");
        list.append(make("dt", null, token.name), make("dd", null, options ? `${token.type}: ${options}` : token.type));
      }
      return [
        make("p", { class: "sum" }, `on ${template.objectType}`),
        ...[template.header, template.detail].filter(Boolean).map((text) => make("p", { class: "text" }, text)),
        list,
      ];
    };
    return make("li", null, foldable(`template ${template.api} ${template.id}`, null, [row], inside));
  }));
}

function draw(seen) {
  const shown = seen.lookedAt < seen.events ? `, the newest ${seen.lookedAt.toLocaleString("en")} shown` : "";
  at("counts").textContent = `${plural(seen.events, "event")}${shown} · ${plural(seen.requests, "request")}`;
  const notices = [...seen.warnings];
  if (!seen.renders && seen.events > 0) notices.unshift("Events are shown by their tokens: with the feature `preview` of timeline-core they are rendered as HubSpot would.");
  at("notice").textContent = notices.join(" ");
  at("notice").hidden = notices.length === 0;
  drawRecords(seen);
  drawTimeline(seen);
  drawLog(seen);
  drawTemplates(seen);
}

let loading = null;
async function load(all) {
  if (all) state.version = "";
  const asked = new URLSearchParams({ version: state.version, record: state.record, search: state.search });
  const mine = {};
  loading = mine;
  try {
    const answer = await fetch(`/console/state?${asked}`, { cache: "no-store" });
    const seen = await answer.json();
    at("live").classList.remove("gone");
    at("live").textContent = "live";
    // What was asked for in the meantime comes instead.
    if (seen.same || loading !== mine) return;
    const focused = document.activeElement?.closest?.("#records button, summary");
    const place = focused ? [...document.querySelectorAll("#records button, summary")].indexOf(focused) : -1;
    state.version = seen.version;
    state.record = seen.record ?? "";
    draw(seen);
    if (place >= 0) document.querySelectorAll("#records button, summary")[place]?.focus();
  } catch {
    at("live").classList.add("gone");
    at("live").textContent = "gone";
  }
}

for (const button of document.querySelectorAll(".tabs button")) {
  button.addEventListener("click", () => {
    document.querySelector(".parts").dataset.part = button.dataset.part;
    for (const other of document.querySelectorAll(".tabs button")) other.setAttribute("aria-pressed", String(other === button));
  });
}
at("search").addEventListener("input", (event) => { state.search = event.target.value; state.known = null; load(true); });
load(true);
setInterval(() => { if (!document.hidden) load(false); }, 1000);
document.addEventListener("visibilitychange", () => { if (!document.hidden) load(false); });
