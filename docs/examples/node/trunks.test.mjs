// Each test has a universe of its own. POLYTRUNK_TEST_URL says where the emulator is.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { connect, openTrunk } from './trunks.mjs';
import { Universe } from './universe.mjs';

const EMULATOR = process.env.POLYTRUNK_TEST_URL ?? 'http://127.0.0.1:8080';

// A test of the vendor's client in a universe.
function inUniverse(name, wanted, body) {
  test(name, async () => {
    const universe = await Universe.make(EMULATOR, wanted);
    try {
      const { uid, key_id: keyId, secret: keySecret } = universe.account;
      const access = { projectId: uid, keyId, keySecret };
      await body(connect({ ...access, host: universe.baseUrl }), universe);
    } finally {
      await universe.delete();
    }
  });
}

inUniverse('a trunk is open to the addresses of the office', {}, async (service) => {
  const { id } = await openTrunk(service, 'north', ['203.0.113.7', '203.0.113.8']);
  const lists = await service.accessControlList.listForTrunk({ trunkId: id });
  assert.equal(lists.data.length, 1);
  const { ipRanges } = await service.accessControlList.get({ id: lists.data[0] });
  assert.deepEqual(ipRanges.map(({ ipAddress }) => ipAddress), ['203.0.113.7', '203.0.113.8']);
});

inUniverse('it is opened once', {}, async (service, universe) => {
  const first = await openTrunk(service, 'north', ['203.0.113.7']);
  const second = await openTrunk(service, 'north', ['203.0.113.7']);
  assert.equal(second.id, first.id);
  const opened = { 'request.method': 'POST', 'request.path': { matches: '/trunks$' } };
  assert.equal((await universe.requests(opened)).length, 1);
});

inUniverse('a token that has expired is fetched anew', {}, async (service, universe) => {
  const { id } = await openTrunk(service, 'north', ['203.0.113.7']);
  await universe.control('POST', '/clock/advance', { seconds: 86_400 });
  assert.equal((await service.sipTrunks.get({ sipTrunkId: id })).hostName, 'north');
  assert.equal((await universe.requests({ 'answer.status': 401 })).length, 1);
  assert.equal((await universe.requests({ 'request.path': '/oauth2/token' })).length, 2);
});

const noon = { seed: 7, clock: { now: '2026-05-01T12:00:00Z' } };

inUniverse('a trunk has the time of its universe', noon, async (service) => {
  const { createTime } = await openTrunk(service, 'north', ['203.0.113.7']);
  assert.equal(createTime.toISOString(), '2026-05-01T12:00:00.000Z');
});
