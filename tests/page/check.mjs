// What a user sees and does on the sandbox's page, with a thousand events and hostile ones among them.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const [program] = process.argv.slice(2);
const pictures = process.env.PAGE_SCREENSHOTS;
if (pictures) mkdirSync(pictures, { recursive: true });

const commands = program.endsWith("sandbox") ? [] : ["sandbox"];
const sandbox = spawn(program, commands, { stdio: ["ignore", "pipe", "inherit"] });
process.on("exit", () => sandbox.kill());
const known = {};
for await (const line of createInterface({ input: sandbox.stdout })) {
  const [name, value] = line.split(/ {2,}/);
  known[name] = value;
  if (name.startsWith("account")) break;
}
const url = known["listening on"];
assert.equal(known.page, `${url}/`);

let requests = 0;
async function call(method, path, body) {
  requests += 1;
  const answer = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${known["access token"]}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return answer.status === 204 ? null : answer.json();
}

const template = await call("POST", "/integrators/timeline/v3/7/event-templates?hapikey=sandbox-developer-key", {
  name: "Pet adopted",
  objectType: "contacts",
  headerTemplate: "**{{petName}}** found a home",
  detailTemplate: "{{#if petAge}}Aged {{petAge}}{{else}}Of unknown age{{/if}}\n\n{{#each extraData.toys}}\n- {{this}}\n{{/each}}",
  tokens: [
    { name: "petName", label: "Pet name", type: "string" },
    { name: "petAge", label: "Pet age", type: "number" },
  ],
});
const hostile = [
  "<script>window.hacked = 1</script>",
  "<img src=x onerror='window.hacked = 1'>",
  "<svg onload='window.hacked = 1'></svg>",
  "[click](javascript:window.hacked=1)",
  "\"><iframe srcdoc='<script>parent.hacked=1</script>'></iframe>",
  "![x](https://example.com/pixel.png)",
];
const start = Date.UTC(2026, 7, 1);
function event(n, more = {}) {
  const name = n < hostile.length ? hostile[n] : `Pet ${n}`;
  return {
    eventTemplateId: template.id,
    id: n < hostile.length ? `${n} ${hostile[n]}` : `pet-${n}`,
    email: `owner-${n % 40}@example.com`,
    timestamp: new Date(start + n * 60_000).toISOString(),
    tokens: { petName: name, petAge: String(n % 15) },
    extraData: { toys: [name, "ball"] },
    ...more,
  };
}
for (let from = 0; from < 1000; from += 100) {
  const answer = await call("POST", "/integrators/timeline/v3/events/batch/create", {
    inputs: Array.from({ length: 100 }, (_, n) => event(from + n)),
  });
  assert.equal(answer.results.length, 100);
}
// Two that are refused.
await call("POST", "/integrators/timeline/v3/events/batch/create", {
  inputs: [event(2000, { email: "nobody" }), event(2001, { tokens: { colour: "red" } }), event(2002)],
});

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

async function open(size, colorScheme) {
  const context = await browser.newContext({ viewport: size, colorScheme });
  const page = await context.newPage();
  const troubles = [];
  page.on("console", (message) => { if (message.type() === "error") troubles.push(message.text()); });
  page.on("pageerror", (error) => troubles.push(String(error)));
  page.on("dialog", (dialog) => { troubles.push(`a dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on("request", (request) => { if (!request.url().startsWith(`${url}/`)) troubles.push(`a request to ${request.url()}`); });
  await page.goto(`${url}/`);
  await page.waitForSelector(".card");
  return { page, troubles };
}

async function shoot(page, name) {
  if (pictures) await page.screenshot({ path: `${pictures}/${name}.png` });
}

async function nothingRan({ page, troubles }) {
  assert.equal(await page.evaluate(() => window.hacked), undefined);
  assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll("main script, main img, main iframe, main svg, main [onload], main [onerror]")].map((one) => one.outerHTML)), []);
  assert.deepEqual(troubles, []);
}

// The contrast of a text with what is behind it (WCAG).
const contrast = (selector) => {
  const rgb = (text) => text.match(/[\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const part = (value) => (value /= 255) <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const element = document.querySelector(selector);
  let behind = element;
  while (behind && rgb(getComputedStyle(behind).backgroundColor)[3] === 0) behind = behind.parentElement;
  const [one, other] = [light(rgb(getComputedStyle(element).color)), light(rgb(getComputedStyle(behind ?? document.body).backgroundColor))];
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
};

// Wide and light: the timelines, a card, its JSON, the log.
const wide = await open({ width: 1500, height: 900 }, "light");
{
  const { page } = wide;
  assert.match(await page.textContent("#counts"), new RegExp(`^1,001 events · ${requests} requests$`));
  assert.equal(await page.locator("#records li").count(), 40);
  // Newest first: the last event of the last batch that was taken.
  assert.match(await page.textContent("#records li:first-child .name"), /owner-2@example.com/);
  const times = await page.locator("#cards time").evaluateAll((all) => all.map((one) => one.dateTime));
  assert.deepEqual(times, [...times].sort().reverse());
  assert.match(await page.textContent(".card .title"), /^Pet 2002 found a home$/);
  assert.equal(await page.locator(".card .title strong").first().textContent(), "Pet 2002");
  await page.locator(".card summary").first().click();
  await page.waitForSelector(".card .body");
  assert.match(await page.locator(".card .body").first().textContent(), /Aged 7\s+Pet 2002\s+ball/);
  await page.locator(".card .inside summary").first().click();
  await page.waitForSelector(".card pre");
  assert.match(await page.locator(".card pre").first().textContent(), /"id": "pet-2002"/);
  const refused = page.locator("#log li").first();
  assert.match(await refused.locator(".row").first().textContent(), /^207POST.*ms$/);
  assert.match(await refused.locator(".sum").first().textContent(), /1 event taken, 2 refused: .*nobody/);
  await refused.locator("summary").click();
  await page.waitForSelector("#log .outcomes");
  assert.match(await refused.locator(".outcomes").textContent(), /✕pet-2000: .*✕pet-2001: .*✓pet-2002/s);
  await page.locator("#templates summary").click();
  await page.waitForSelector("#templates .tokens");
  assert.match(await page.locator("#templates").textContent(), /petAgenumber/);
  await shoot(page, "wide");

  // Live: a new event comes without a reload, and what is open stays open.
  await page.evaluate(() => { window.sameDocument = true; });
  await call("POST", "/integrators/timeline/v3/events/batch/create", { inputs: [event(2042)] });
  await page.waitForFunction(() => document.querySelector(".card .title").textContent.includes("Pet 2042"), null, { timeout: 5000 });
  assert.equal(await page.evaluate(() => window.sameDocument), true);
  assert.equal(await page.locator(".card.fresh").count(), 1);
  assert.equal(await page.locator(".card pre").count(), 1);

  // The search finds records, and every hostile event is text.
  for (let n = 0; n < hostile.length; n += 1) {
    await page.fill("#search", `OWNER-${n}@`);
    await page.waitForFunction((name) => document.querySelector("#record h2")?.textContent === name, `owner-${n}@example.com`);
    for (const summary of await page.locator("#cards > li > details > summary").all()) await summary.click();
    await page.waitForFunction(() => document.querySelectorAll("#cards .inside").length === document.querySelectorAll("#cards .card").length);
    assert.ok((await page.locator("#cards .tokens").allTextContents()).some((text) => text.includes(hostile[n])), hostile[n]);
  }
  await shoot(page, "hostile");
  await page.fill("#search", "no such record");
  await page.waitForFunction(() => document.querySelector("#record").textContent.includes("No record is found"));
  await page.fill("#search", "");
  await page.waitForSelector(".card");

  // With the keyboard alone.
  await page.locator("#records button").nth(3).focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector("#records li:nth-child(4) button").getAttribute("aria-current") === "true");
  await page.locator(".card > summary").first().focus();
  await page.keyboard.press("Enter");
  await page.waitForSelector(".card .inside");
  for (const selector of [".counts", ".card .head time", ".records .about", ".row .took", ".card .template"]) {
    assert.ok(await page.evaluate(contrast, selector) >= 4.5, selector);
  }
  await nothingRan(wide);
}

// Narrow and dark.
const narrow = await open({ width: 380, height: 844 }, "dark");
{
  const { page } = narrow;
  const fits = () => page.evaluate(() => document.documentElement.scrollWidth <= 380);
  assert.ok(await fits());
  assert.ok(await page.evaluate(() => {
    const [r, g, b] = getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number);
    return r + g + b < 200;
  }));
  await page.locator(".card summary").first().click();
  assert.ok(await fits());
  await shoot(page, "narrow");
  for (const part of ["requests", "templates", "timelines"]) {
    await page.locator(`.tabs [data-part=${part}]`).click();
    for (const other of ["requests", "templates", "timeline"]) {
      assert.equal(await page.locator(`section.${other}`).isVisible(), part.startsWith(other), `${other} on ${part}`);
    }
    assert.ok(await fits(), part);
    await shoot(page, `narrow-${part}`);
  }
  for (const selector of [".counts", ".card .head time", ".card .template", ".record p"]) {
    assert.ok(await page.evaluate(contrast, selector) >= 4.5, selector);
  }
  await nothingRan(narrow);
}
const dark = await open({ width: 1500, height: 900 }, "dark");
await shoot(dark.page, "wide-dark");
await nothingRan(dark);

// The page counts as no request, and only GET is the page's.
const seen = await (await fetch(`${url}/console/state`)).json();
assert.equal(seen.requests, requests);
assert.equal((await fetch(`${url}/`, { method: "POST" })).status, 404);
assert.equal((await fetch(`${url}/console/nothing`)).status, 404);

// The sandbox is gone, and the page says so.
sandbox.kill();
await wide.page.waitForFunction(() => document.querySelector("#live").textContent === "gone", null, { timeout: 5000 });

await browser.close();
console.log("the page: all as expected");
process.exit(0);
