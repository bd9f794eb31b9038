// HubSpot's own client for Node against the sandbox: node check.js http://127.0.0.1:4010
'use strict';

const assert = require('node:assert/strict');
const { Client } = require('@hubspot/api-client');

const basePath = process.argv[2] || process.env.SANDBOX_URL;
const APP = 7;

async function main() {
  const client = new Client({
    basePath,
    accessToken: 'sandbox-access-token',
    developerApiKey: 'sandbox-developer-key',
  });
  const { eventsApi, templatesApi, tokensApi } = client.crm.timeline;

  // Templates and tokens over the API.
  const template = await templatesApi.create(APP, {
    name: 'Pet adopted',
    objectType: 'contacts',
    headerTemplate: '{{petName}} was adopted',
    tokens: [
      { name: 'petName', label: 'Pet name', type: 'string' },
      { name: 'petAge', label: 'Pet age', type: 'number' },
      {
        name: 'species',
        label: 'Species',
        type: 'enumeration',
        options: [{ value: 'dog', label: 'Dog' }, { value: 'cat', label: 'Cat' }],
      },
    ],
  });
  assert.match(template.id, /^\d+$/);
  assert.equal(template.objectType, 'contacts');
  assert.ok(template.createdAt instanceof Date);
  assert.deepEqual(template.tokens.map((token) => token.name), ['petName', 'petAge', 'species']);

  const token = await tokensApi.create(template.id, APP, { name: 'born', label: 'Born', type: 'date' });
  assert.equal(token.name, 'born');
  assert.equal(token.type, 'date');
  const changed = await tokensApi.update(template.id, 'born', APP, { label: 'Date of birth' });
  assert.equal(changed.label, 'Date of birth');

  const updated = await templatesApi.update(template.id, APP, {
    id: template.id,
    name: 'Pet adopted at last',
    tokens: (await templatesApi.getById(template.id, APP)).tokens,
  });
  assert.equal(updated.name, 'Pet adopted at last');
  assert.equal(updated.tokens.length, 4);
  const all = await templatesApi.getAll(APP);
  assert.ok(all.results.some((other) => other.id === template.id));

  // A batch that goes through.
  const happened = new Date('2026-08-01T12:00:00.123Z');
  const input = {
    eventTemplateId: template.id,
    id: 'node/ä 1',
    email: 'ada@example.com',
    timestamp: happened,
    tokens: { petName: 'Rex', petAge: 3, species: 'dog', born: String(happened.getTime()) },
    extraData: { shelter: { city: 'Bonn', beds: 12 } },
    timelineIFrame: {
      linkLabel: 'Open', headerLabel: 'The pet', url: 'https://example.com/pets/1', width: 800, height: 300,
    },
  };
  const before = Date.now();
  const answer = await eventsApi.createBatch({
    inputs: [input, { eventTemplateId: template.id, id: 'node-2', objectId: '512', tokens: {} }],
  });
  assert.equal(answer.status, 'COMPLETE');
  assert.ok(answer.startedAt instanceof Date && answer.completedAt instanceof Date);
  assert.ok(Math.abs(answer.startedAt.getTime() - before) < 60_000);
  assert.equal(answer.results.length, 2);
  const result = answer.results.find((result) => result.id === input.id);
  check(result, input, template.id, happened);
  const bare = answer.results.find((result) => result.id === 'node-2');
  assert.equal(bare.objectId, '512');
  for (const key of ['email', 'utk', 'domain', 'extraData', 'timelineIFrame', 'createdAt']) {
    assert.equal(bare[key], undefined, key);
  }
  // Without a timestamp it is the time of receipt.
  assert.equal(bare.timestamp.getTime(), Math.floor(answer.startedAt.getTime()));

  // Read back, with an id that needs encoding.
  check(await eventsApi.getById(template.id, input.id), input, template.id, happened);

  // One by one.
  const single = await eventsApi.create({
    eventTemplateId: template.id, id: 'node-3', utk: 'cookie', tokens: { species: 'cat' },
  });
  assert.equal(single.id, 'node-3');
  assert.equal(single.utk, 'cookie');
  assert.equal(single.createdAt, undefined);
  assert.ok(single.timestamp instanceof Date);

  // A batch with mistakes in it: the client hands the 207 over.
  const mixed = await eventsApi.createBatch({
    inputs: [
      { eventTemplateId: template.id, id: 'node-4', email: 'ada@example.com', tokens: {} },
      { eventTemplateId: template.id, id: 'node-5', email: 'ada@example.com', tokens: { species: 'fish' } },
      { eventTemplateId: '1', id: 'node-6', email: 'ada@example.com', tokens: {} },
    ],
  });
  assert.deepEqual(mixed.results.map((result) => result.id), ['node-4']);
  assert.equal(mixed.numErrors, 2);
  assert.deepEqual(mixed.errors.map((error) => error.category), ['VALIDATION_ERROR', 'VALIDATION_ERROR']);
  assert.deepEqual(mixed.errors[0].context, { tokenName: ['species'] });

  // Refusals.
  await refused(401, 'EXPIRED_AUTHENTICATION', new Client({ basePath, accessToken: 'wrong' })
    .crm.timeline.eventsApi.createBatch({ inputs: [input] }));
  await refused(404, 'OBJECT_NOT_FOUND', eventsApi.getById(template.id, 'nobody'));
  // A missing key is told without a category.
  await refused(400, undefined, eventsApi.createBatch({ inputs: [{ id: 'x', tokens: {} }] }));
  await refused(400, 'VALIDATION_ERROR', eventsApi.create({ ...input, id: 'node-7', email: 'n/a' }));
  await refused(501, 'NOT_IMPLEMENTED', eventsApi.getDetailById(template.id, 'node-2'));
  await refused(501, 'NOT_IMPLEMENTED', eventsApi.getRenderById(template.id, 'node-2', true));
  await refused(400, 'VALIDATION_ERROR', tokensApi.create(template.id, APP, { name: 'log', label: 'Log', type: 'string' }));

  // Tokens from the token endpoint.
  const granted = await client.oauth.tokensApi.create(
    'refresh_token', undefined, undefined, 'sandbox-client-id', 'sandbox-client-secret', 'sandbox-refresh-token',
  );
  assert.equal(granted.tokenType, 'bearer');
  assert.equal(granted.expiresIn, 1800);
  assert.equal(granted.refreshToken, 'sandbox-refresh-token');
  const told = await client.oauth.accessTokensApi.get(granted.accessToken);
  assert.deepEqual([told.token, told.tokenType, told.hubId], [granted.accessToken, 'access', 62515]);
  assert.equal((await client.oauth.refreshTokensApi.get(granted.refreshToken)).hubId, 62515);
  await assert.rejects(client.oauth.accessTokensApi.get('wrong'), { code: 404 });
  const fresh = new Client({ basePath, accessToken: granted.accessToken });
  assert.equal((await fresh.crm.timeline.eventsApi.getById(template.id, 'node-2')).objectId, '512');

  // The end.
  await tokensApi.archive(template.id, 'born', APP);
  assert.equal((await templatesApi.getById(template.id, APP)).tokens.length, 3);
  await templatesApi.archive(template.id, APP);
  await refused(404, 'OBJECT_NOT_FOUND', eventsApi.getById(template.id, 'node-2'));
}

function check(result, input, templateId, happened) {
  assert.equal(result.id, input.id);
  assert.equal(result.eventTemplateId, templateId);
  assert.equal(result.objectType, 'contacts');
  assert.deepEqual(result.tokens, { ...input.tokens, petAge: '3' });
  assert.equal(result.email, input.email);
  assert.match(result.objectId, /^\d+$/);
  assert.equal(result.createdAt, undefined);
  assert.equal(result.timestamp.getTime(), happened.getTime());
  assert.deepEqual(result.extraData, input.extraData);
  assert.deepEqual({ ...result.timelineIFrame }, input.timelineIFrame);
  assert.equal(result.utk, undefined);
  assert.equal(result.domain, undefined);
}

async function refused(code, category, promise) {
  await assert.rejects(promise, (error) => {
    assert.equal(error.code, code);
    const body = typeof error.body === 'string' ? JSON.parse(error.body) : error.body;
    assert.equal(body.category, category);
    assert.ok(body.correlationId);
    return true;
  });
}

main().then(
  () => console.log('node: all as expected'),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
