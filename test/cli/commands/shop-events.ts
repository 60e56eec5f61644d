const PEOPLE = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank'];

/** A day of a shop: 480 requests of three hosts, of which those of version 2.1 on node-3 fail, and logs of three kinds. */
export function shopEvents(): object[] {
  const start = Date.UTC(2026, 10, 22, 10);
  return Array.from({ length: 480 }, (_, i) => {
    const time = new Date(start + i * 15_000).toISOString();
    const isOld = i % 12 < 8;
    const failed = !isOld && i % 5 > 0;
    const message = failed
      ? `payment ${1000 + i} refused: gateway timeout after ${(i * 7) % 900} ms`
      : i % 7 === 0
        ? `user ${PEOPLE[i % 6]!} logged in from 10.0.${i % 9}.${i % 200}`
        : `request done in ${(i * 13) % 800} ms`;
    return {
      time,
      level: failed ? 'error' : 'info',
      msg: message,
      service: 'shop',
      version: isOld ? '2.0' : '2.1',
      host: failed ? 'node-3' : `node-${i % 3}`,
      http: { route: ['/cart', '/pay', '/search'][i % 3], status: failed ? 502 : 200 },
      size_bytes: failed ? 90_000 + ((i * 7919) % 5000) : (i * 7919) % 40_000,
      request_id: `r-${i}`,
      customer: {
        country: ['de', 'fr', 'es', 'it'][(i * 7) % 4],
        note: i % 40 === 0 ? "it's\u001b[31m red\nand long".repeat(4) : 'none',
      },
    };
  });
}
