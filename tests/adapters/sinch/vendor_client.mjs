// Calls every public method of the vendor's client for Node against a server that speaks its API.
//
//   node vendor_client.mjs URL PROJECT KEY SECRET SUBPROJECT
//
// Run in a folder where the client is installed, against an emulator, whose clock it moves. Its last
// line is the methods as JSON: {"called": [...], "missed": [...]}.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(path.join(process.cwd(), 'main.js'));
const { SinchClient } = require('@sinch/sdk-core');
const [url, projectId, keyId, keySecret, subproject] = process.argv.slice(2);
const access = { projectId, keyId, keySecret };
const hosts = { authHostname: url, elasticSipTrunkingHostname: url };

const called = new Set();
const PASSWORD = 'Long-Enough-Secret-1';

function methods(object) {
  const found = new Set();
  for (let at = object; at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      if (typeof value === 'function' && name !== 'constructor') found.add(name);
    }
  }
  return [...found];
}

function watched(owner, object) {
  return new Proxy(object, {
    get(target, name) {
      const value = target[name];
      if (typeof value !== 'function') return value;
      return (...given) => {
        called.add(`${owner}.${name}`);
        return value.apply(target, given);
      };
    },
  });
}

const { elasticSipTrunking: service } = new SinchClient({ ...access, ...hosts });
const apis = Object.entries(service).filter(([, api]) => api?.constructor?.name.endsWith('Api'));
const est = Object.fromEntries(apis.map(([name, api]) => [name, watched(name, api)]));
est.service = watched('service', service);
const everything = [
  ...methods(service).map((name) => `service.${name}`),
  ...apis.flatMap(([owner, api]) => methods(api).map((name) => `${owner}.${name}`)),
];

// The rows of a list: by its iterator, page by page, and every page by its number.
async function listed(ask, size, expected) {
  const rows = [];
  for await (const row of ask({ size })) rows.push(row);
  assert.equal(rows.length, expected);
  const turned = [];
  let page = await ask({ size });
  for (;;) {
    assert.ok(page.data.length <= size);
    turned.push(...page.data);
    if (!page.hasNextPage) break;
    page = await page.nextPage();
  }
  assert.deepEqual(turned, rows);
  const numbered = [];
  for (let number = 1; number <= Math.ceil(expected / size); number += 1) {
    numbered.push(...(await ask({ size, page: number })).data);
  }
  assert.deepEqual(numbered, rows);
  assert.deepEqual((await ask({ size, page: 1000 })).data, []);
  return rows;
}

async function refused(promise, status, field) {
  const error = await promise.then(() => assert.fail('was not refused'), (reason) => reason);
  assert.equal(error.statusCode, status, String(error));
  const body = typeof error.data === 'string' ? JSON.parse(error.data) : error.data;
  assert.equal(body.code, status);
  if (field) assert.equal(body.details[0].fieldViolations[0].field, field);
}

async function trunks() {
  const before = (await est.sipTrunks.list({})).data.length;
  const made = [];
  for (let number = 0; number < 7; number += 1) {
    const body = { name: `trunk ${number}`, hostName: `vendor-${number}`, enableCallerName: true };
    made.push(await est.sipTrunks.create({ createSipTrunkRequestBody: body }));
  }
  const [trunk] = made;
  assert.equal(trunk.domain, `vendor-0.${trunk.topLevelDomain}`);
  assert.ok(trunk.createTime instanceof Date);
  assert.equal(trunk.updateTime, null);
  await listed((query) => est.sipTrunks.list(query), 3, before + 7);
  const found = await est.sipTrunks.list({ domain: trunk.domain });
  assert.deepEqual(found.data.map(({ id }) => id), [trunk.id]);
  const change = { name: 'renamed', hostName: 'vendor-0' };
  const changed = await est.sipTrunks.update({
    sipTrunkId: trunk.id, updateSipTrunkRequestBody: change,
  });
  assert.deepEqual([changed.name, changed.enableCallerName], ['renamed', false]);
  assert.ok(changed.updateTime instanceof Date);
  assert.deepEqual(await est.sipTrunks.get({ sipTrunkId: trunk.id }), changed);
  await refused(est.sipTrunks.create({ createSipTrunkRequestBody: change }), 400, 'hostName');
  await refused(est.sipTrunks.create({}), 400);
  for (const { id } of made.slice(1)) {
    assert.deepEqual(await est.sipTrunks.delete({ sipTrunkId: id }), {});
  }
  await refused(est.sipTrunks.get({ sipTrunkId: made[1].id }), 404);
  return trunk.id;
}

async function accessLists(trunkId) {
  const before = (await est.accessControlList.list({})).data.length;
  const made = [];
  for (let number = 1; number <= 4; number += 1) {
    const ipRanges = [{ description: 'wing', ipAddress: `203.0.113.${number}`, range: 32 }];
    const body = { name: `list ${number}`, enabled: true, ipRanges };
    made.push(await est.accessControlList.create({ createAccessControlListBody: body }));
  }
  await listed((query) => est.accessControlList.list(query), 2, before + 4);
  const [{ id }, other] = made;
  const update = { name: 'renamed', enabled: false };
  const changed = await est.accessControlList.update({
    id, updateAccessControlListRequestBody: update,
  });
  assert.deepEqual([changed.name, changed.enabled, changed.ipRanges.length], ['renamed', false, 1]);
  assert.deepEqual(await est.accessControlList.get({ id }), changed);
  await ranges(id);
  const body = { accessControlListIds: [id] };
  const answer = await est.accessControlList.addToTrunk({
    trunkId, addAccessControlListToTrunkRequestBody: body,
  });
  assert.deepEqual(answer.accessControlListIds, [id]);
  await est.sipTrunks.addAccessControlList({
    trunkId, addAccessControlListToTrunkRequestBody: { accessControlListIds: [other.id] },
  });
  const ids = await listed(
    (query) => est.accessControlList.listForTrunk({ trunkId, ...query }), 1, 2,
  );
  assert.deepEqual(
    await listed((query) => est.sipTrunks.listAccessControlLists({ trunkId, ...query }), 1, 2), ids,
  );
  assert.deepEqual(new Set(ids), new Set([id, other.id]));
  await refused(est.accessControlList.delete({ id }), 400);
  await est.accessControlList.deleteFromTrunk({ trunkId, accessControlListId: id });
  await est.sipTrunks.deleteAccessControlList({ trunkId, accessControlListId: other.id });
  for (const list of made) await est.accessControlList.delete({ id: list.id });
  await refused(est.accessControlList.get({ id }), 404);
}

async function ranges(accessControlListId) {
  const made = [];
  for (let number = 1; number <= 3; number += 1) {
    const body = { description: 'desk', ipAddress: `198.51.100.${number}` };
    made.push(await est.accessControlList.addIpRange({
      accessControlListId, addIpRangeRequestBody: body,
    }));
  }
  assert.equal(made[0].range, 32);
  await listed(
    (query) => est.accessControlList.listIpRanges({ accessControlListId, ...query }), 3, 4,
  );
  const place = { accessControlListId, ipRangeId: made[0].id };
  const changed = await est.accessControlList.updateIpRange({
    ...place, updateIpRangeRequestBody: { ipAddress: '198.51.100.0', range: 24 },
  });
  assert.deepEqual([changed.ipAddress, changed.range], ['198.51.100.0', 24]);
  await est.accessControlList.deleteIpRange(place);
  const wrong = { ipAddress: '10.0.0.0/8' };
  await refused(est.accessControlList.addIpRange({
    accessControlListId, addIpRangeRequestBody: wrong,
  }), 400, 'ipAddress');
}

async function credentialLists(trunkId) {
  const before = (await est.credentialLists.list({})).data.length;
  const made = [];
  for (const user of ['mary', 'peter', 'paul']) {
    const credentials = [{ username: user, password: PASSWORD }];
    const body = { name: `people of ${user}`, credentials };
    made.push(await est.credentialLists.create({ createCredentialListRequestBody: body }));
  }
  await listed((query) => est.credentialLists.list(query), 2, before + 3);
  const [{ id }, other, third] = made;
  const renamed = { id, updateCredentialListRequestBody: { name: 'renamed' } };
  assert.equal((await est.credentialLists.update(renamed)).name, 'renamed');
  const password = { updateCredentialPasswordRequestBody: { password: `${PASSWORD}0` } };
  const credential = await est.credentialLists.updateCredential({
    id, username: 'mary', ...password,
  });
  assert.equal(credential.username, 'mary');
  const shown = await est.credentialLists.get({ id });
  assert.deepEqual(shown.credentials.map(({ username }) => username), ['mary']);
  assert.ok(!JSON.stringify(shown).includes(PASSWORD));
  await linked(trunkId, made.map((list) => list.id));
  await est.credentialLists.deleteCredential({ id: third.id, username: 'paul' });
  assert.deepEqual((await est.credentialLists.get({ id: third.id })).credentials, []);
  for (const list of [other, third]) await est.credentialLists.delete({ id: list.id });
  await refused(est.credentialLists.get({ id: other.id }), 404);
  return id;
}

async function linked(trunkId, [first, second, third]) {
  const add = { addCredentialListIdsToTrunkRequestBody: { credentialListIds: [first, second] } };
  const added = await est.sipTrunks.addCredentialLists({ trunkId, ...add });
  assert.deepEqual(added.credentialListIds, [first, second]);
  const ask = (query) => est.sipTrunks.listCredentialLists({ trunkId, ...query });
  const lists = await listed(ask, 1, 2);
  assert.deepEqual(new Set(lists.map(({ id }) => id)), new Set([first, second]));
  assert.equal(lists.find(({ id }) => id === first).credentials[0].username, 'mary');
  const body = { updateCredentialListIdsForTrunkRequestBody: { credentialListIds: [third] } };
  const replaced = await est.sipTrunks.updateCredentialLists({ trunkId, ...body });
  assert.deepEqual(replaced.credentialListIds, [third]);
  const trunksOf = (id) => (query) => est.credentialLists.listTrunks({ id, ...query });
  assert.equal((await listed(trunksOf(third), 1, 1))[0].id, trunkId);
  await listed(trunksOf(first), 1, 0);
  await est.sipTrunks.deleteCredentialList({ trunkId, credentialListId: third });
  await listed(ask, 1, 0);
  await est.sipTrunks.updateCredentialLists({ trunkId });
}

async function endpoints(sipTrunkId) {
  const fixed = { name: 'desk', address: '192.0.2.77', port: 5070, transport: 'TCP', priority: 1 };
  const made = await est.sipEndpoints.create({
    sipTrunkId, createSipEndpointRequestBody: fixed,
  });
  const registered = {
    name: 'phone', isRegistered: true, credentialUsername: 'mary', priority: 2, transport: 'UDP',
  };
  const phone = await est.sipEndpoints.create({
    sipTrunkId, createSipEndpointRequestBody: registered,
  });
  assert.deepEqual([phone.credentialUsername, phone.credentialUserName], ['mary', 'mary']);
  await listed((query) => est.sipEndpoints.list({ sipTrunkId, ...query }), 1, 2);
  const place = { sipTrunkId, sipEndpointId: made.id };
  const body = { ...fixed, enabled: false };
  const changed = await est.sipEndpoints.update({ ...place, updateSipEndpointRequestBody: body });
  assert.equal(changed.enabled, false);
  assert.deepEqual(await est.sipEndpoints.get(place), changed);
  const both = { ...fixed, ...registered };
  await refused(est.sipEndpoints.create({ sipTrunkId, createSipEndpointRequestBody: both }), 400);
  for (const { id } of [made, phone]) {
    await est.sipEndpoints.delete({ sipTrunkId, sipEndpointId: id });
  }
  await refused(est.sipEndpoints.get(place), 404);
}

async function countries() {
  const { countryPermissions } = await est.countryPermissions.list({});
  assert.ok(countryPermissions.length > 200);
  const body = { enabled: true };
  const ask = { isoCode: 'FR', updateCountryPermissionRequestBody: body };
  assert.equal((await est.countryPermissions.update(ask)).enabled, true);
  const france = await est.countryPermissions.get({ isoCode: 'FR' });
  assert.deepEqual([france.name, france.countryDialingCodes, france.enabled],
    ['France', ['+33'], true]);
  await refused(est.countryPermissions.get({ isoCode: 'QQ' }), 404);
}

async function calls() {
  const range = { createTimeRange: { from: '2026-03-01', to: '2026-03-01' } };
  const found = await listed((query) => est.calls.find({ ...range, ...query }), 4, 11);
  assert.ok(found.every(({ createTime }) => createTime instanceof Date));
  const count = async (query) => (await est.calls.find(query)).data.length;
  const start = new Date('2026-03-01T11:00:00Z');
  assert.equal(await count({ createTime: start }), 11);
  assert.equal(await count({ createTime: '2026-03-01T11:00:00Z' }), 11);
  assert.equal(await count({}), 0);
  for (const unit of ['year', 'month', 'day', 'hour', 'minute', 'second']) {
    const bound = { date: start, unit };
    assert.equal(await count({ createTimeRange: { from: bound, to: bound } }), 11, unit);
  }
  const early = { to: new Date('2026-03-01T10:59:59Z') };
  assert.equal(await count({ createTimeRange: early }), 0);
  assert.equal(await count({ ...range, from: '+1206', to: '+1415' }), 11);
  assert.equal(await count({ ...range, direction: 'INBOUND', callResult: 'BUSY' }), 1);
  assert.equal(await count({ ...range, direction: 'outbound' }), 10);
  const file = await est.calls.export(range);
  assert.equal(file.fileName, 'calls.csv');
  assert.equal(file.data.trim().split(/\r?\n/).length, 12);
}

async function blockingRules() {
  const before = (await est.callBlockingRules.list({})).data.length;
  const made = [];
  for (const calleeMatch of ['44', '49', '33']) {
    const body = { name: `not ${calleeMatch}`, direction: 'OUTBOUND', calleeMatch };
    made.push(await est.callBlockingRules.create({ createCallBlockingRuleRequestBody: body }));
  }
  await listed((query) => est.callBlockingRules.list(query), 3, before + 3);
  const { id } = made[0];
  const body = { name: 'nobody', direction: 'inbound', callerCountry: 'GB' };
  const changed = await est.callBlockingRules.update({
    id, updateCallBlockingRuleRequestBody: body,
  });
  assert.deepEqual([changed.callerCountry, changed.calleeMatch], ['GB', null]);
  for (const rule of made) await est.callBlockingRules.delete({ id: rule.id });
  await refused(est.callBlockingRules.delete({ id }), 404);
}

async function projects() {
  const addProjectsRequestBody = { projectIds: [subproject] };
  const { addedProjects } = await est.projects.add({ addProjectsRequestBody });
  assert.deepEqual(addedProjects, [subproject]);
}

// The methods that every part of the client has, and what becomes of wrong credentials.
async function settings() {
  for (const name of ['service', ...apis.map(([owner]) => owner)]) {
    est[name].setHostname(url);
    est[name].setCredentials(access);
    if (name !== 'service') assert.equal(est[name].getSinchClient(), service.lazyClient.client);
  }
  await est.sipTrunks.list({});
  const stranger = new SinchClient({ ...access, ...hosts, keySecret: 'wrong' });
  await refused(stranger.elasticSipTrunking.sipTrunks.list({}), 401);
  const foreign = new SinchClient({ ...access, ...hosts, projectId: crypto.randomUUID() });
  await refused(foreign.elasticSipTrunking.sipTrunks.list({}), 403);
}

// The client holds a token that looks good for another hour to it, and is told that it is not.
async function anHourLater() {
  const response = await fetch(`${url}/_emulator/api/clock/advance`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"seconds": 3601}',
  });
  assert.equal(response.status, 200);
  await est.sipTrunks.list({});
}

const trunkId = await trunks();
await anHourLater();
await accessLists(trunkId);
const list = await credentialLists(trunkId);
await endpoints(trunkId);
await est.credentialLists.delete({ id: list });
await countries();
await calls();
await blockingRules();
await projects();
await settings();
const missed = everything.filter((name) => !called.has(name));
console.log(JSON.stringify({ called: [...called].sort(), missed }));
