// HubSpot's own client for Node as one of the ways that side_by_side.sh compares: node send.js URL EVENTS speed|tell|tell-bad
//
// Batches of 100, 8 requests at once, attempts again as often as the client can be told to (6). The client's own limit of
// requests is off, as ours is. The agent makes it half as fast again as it is by itself. The answer is compared with what
// was sent.
'use strict';

const http = require('node:http');
const readline = require('node:readline');
const { Client } = require('@hubspot/api-client');

const BATCH_SIZE = 100;
const CONCURRENCY = 8;
const START = Date.UTC(2026, 7, 1, 12);

const [basePath, count, purpose] = process.argv.slice(2);
const tells = purpose !== 'speed';
const { eventsApi } = new Client({
  basePath,
  accessToken: 'access-token',
  httpAgent: new http.Agent({ keepAlive: true }),
  limiterOptions: { maxConcurrent: CONCURRENCY },
  numberOfApiCallRetries: 6,
}).crm.timeline;
// It writes a line for each attempt that it makes again.
console.error = () => {};

function event(number) {
  return {
    eventTemplateId: '1001298',
    id: `adoption-${number}`,
    email: `owner${number}@example.com`,
    timestamp: new Date(START + number * 1234),
    tokens: {
      petName: `Rex ${number}`,
      petKind: purpose === 'tell-bad' && number % 100 === 37 ? 'fish' : 'dog',
      petAge: String(number % 20),
    },
    extraData: { clinic: 'Paws and Claws', count: number % 7, insured: number % 2 === 0 },
  };
}

async function send(from, to) {
  const told = Object.fromEntries(
    ['created', 'existing', 'rejected', 'not_sent', 'unknown', 'nothing'].map((word) => [word, [0, []]]),
  );
  const tell = (word, { id }) => {
    told[word][0] += 1;
    if (tells) told[word][1].push(id);
  };
  let next = from;
  async function worker() {
    while (next < to) {
      const inputs = [];
      for (; inputs.length < BATCH_SIZE && next < to; next += 1) inputs.push(event(next));
      let answer;
      try {
        answer = await eventsApi.createBatch({ inputs });
      } catch {
        inputs.forEach((input) => tell('nothing', input));
        continue;
      }
      const created = new Set(answer.results.map((result) => result.id));
      inputs.forEach((input) => tell(created.has(input.id) ? 'created' : 'rejected', input));
    }
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  return told;
}

async function main() {
  const events = Number(count);
  if (!tells) await send(events, events + Math.floor(events / 10));
  console.log('ready');
  const lines = readline.createInterface({ input: process.stdin });
  const ended = new Promise((resolve) => lines.once('close', resolve));
  await new Promise((resolve) => lines.once('line', resolve));
  console.log(JSON.stringify(await send(0, events)));
  await ended;
  // Its connections would keep the process.
  process.exit(0);
}

main();
