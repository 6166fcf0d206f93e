/** What no resolver would ask of a DNS server. */

import { splitAddress } from '../../../src/id.ts';
import { clientOf, ground } from './asking.ts';
import type { Make } from './attack.ts';
import { sending } from './datagrams.ts';

/** A question of type ANY for x.junk., as RFC 1035 section 4.1 has it. */
const question = [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0x78, 4, 0x6a, 0x75, 0x6e, 0x6b, 0];
const anyInternet = [0, 255, 0, 1];

/** Random bytes, and questions that were cut, lengthened and damaged, to a DNS server of the victim. */
export const junkQuestions: Make = async (target) => {
  const { random, id } = target;
  const client = await clientOf(target);
  const dns = await client.walk(`/${id}/${ground}/names`).makeDns();
  for (let i = 0; i < 100; i++) await dns.set('x.junk. 60 IN A 192.0.2.1'.replace('.1', `.${i}`));
  const { Address } = await dns.peek();
  const at = { ...target, ...splitAddress(Address as Parameters<typeof splitAddress>[0]) };
  return sending(at, () => {
    if (random.below(3) === 0) return random.bytes(random.below(600));
    const bytes = Uint8Array.of(...random.bytes(2), ...question, ...anyInternet);
    const where = random.below(bytes.length);
    switch (random.below(3)) {
      case 0:
        return bytes.subarray(0, where);
      case 1:
        return Uint8Array.of(...bytes, ...random.bytes(1 + random.below(60)));
      default:
        bytes[where] = random.below(256);
        return bytes;
    }
  });
};
