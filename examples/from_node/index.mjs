// Puts sign-ups onto HubSpot's timelines, as it is written with HubSpot's client for Node. `main.rs` beside it is the same
// program; equal numbers in the comments are equal steps.
//
//   npm install && node index.mjs http://127.0.0.1:4010
import { readFile } from 'node:fs/promises';
import { Client } from '@hubspot/api-client';

const TEMPLATE = '1001298';

// (1) A client. `numberOfApiCallRetries` repeats a call after a 429 or a 5xx, but not after a lost connection.
const client = new Client({
  basePath: process.argv[2] ?? 'https://api.hubapi.com',
  accessToken: process.env.HUBSPOT_ACCESS_TOKEN ?? 'sandbox-access-token',
  numberOfApiCallRetries: 3,
});

// (2) A row becomes an event. Names and types of the tokens are checked by HubSpot alone.
const toEvent = (signUp) => ({
  eventTemplateId: TEMPLATE,
  id: `signup-${signUp.user}`,
  email: signUp.email,
  timestamp: new Date(signUp.at),
  tokens: { plan: signUp.plan },
});

const file = new URL('sign_ups.json', import.meta.url);
const events = JSON.parse(await readFile(file, 'utf8')).map(toEvent);

// (3) Batches of a hundred, one after the other.
let created = 0;
const missing = [];
const errors = [];
for (let start = 0; start < events.length; start += 100) {
  const inputs = events.slice(start, start + 100);
  try {
    const answer = await client.crm.timeline.eventsApi.createBatch({ inputs });
    // (4) What has become of them: `results` has the events that were created now. An error is about some event of the batch;
    // nothing connects the two, unless HubSpot puts the event's id into it.
    created += answer.results.length;
    const listed = new Set(answer.results.map((result) => result.id));
    missing.push(...inputs.filter((input) => !listed.has(input.id)));
    errors.push(...(answer.errors ?? []));
  } catch (error) {
    // The whole batch: none of it is there, or all of it, or some.
    missing.push(...inputs);
    errors.push({ category: error.code, message: error.message });
  }
}
console.log(`${events.length} events: ${created} created, ${missing.length} not listed`);
for (const event of missing) console.log(`  not listed: ${event.id}`);
for (const error of errors) console.log(`  an error: ${error.category}: ${error.message}`);

// (5) One event, read back.
const { eventTemplateId, id } = events[0];
const read = await client.crm.timeline.eventsApi.getById(eventTemplateId, id);
console.log(`${read.id} is on the timeline of ${read.email}: ${JSON.stringify(read.tokens)}`);

process.exitCode = missing.length === 0 ? 0 : 1;
