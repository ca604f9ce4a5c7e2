// A small app: it opens a SIP trunk for an office, or takes the one that is there.

import sinch from '@sinch/sdk-core';

const { SinchClient } = sinch;

// `host` is for tests; without it the client goes to the provider.
export function connect({ projectId, keyId, keySecret, host }) {
  const hosts = host ? { authHostname: host, elasticSipTrunkingHostname: host } : {};
  return new SinchClient({ projectId, keyId, keySecret, ...hosts }).elasticSipTrunking;
}

// The trunk with that host name, open to `addresses` alone.
export async function openTrunk(service, hostName, addresses) {
  for await (const trunk of service.sipTrunks.list({})) {
    if (trunk.hostName === hostName) return trunk;
  }
  const trunk = await service.sipTrunks.create({
    createSipTrunkRequestBody: { name: `Office ${hostName}`, hostName },
  });
  const list = await service.accessControlList.create({
    createAccessControlListBody: {
      name: hostName,
      enabled: true,
      ipRanges: addresses.map((ipAddress) => ({ description: hostName, ipAddress, range: 32 })),
    },
  });
  await service.sipTrunks.addAccessControlList({
    trunkId: trunk.id,
    addAccessControlListToTrunkRequestBody: { accessControlListIds: [list.id] },
  });
  return trunk;
}
