/** The form of a packet, made here by hand from what docs/security.md and seal.ts say. */

import { createCipheriv, createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { parseAddress } from '../../../../src/id.ts';
import {
  headerOf,
  keyOfSalt,
  kinds,
  newSalt,
  nobody,
  open,
  packetKeys,
  seal,
  wayOf,
} from '../../../../transport/security/seal.ts';
import { keyRing } from '../../../support/wire.ts';

const way = wayOf(parseAddress('10.0.0.1:1'), parseAddress('10.0.0.2:2'));
const plain = new TextEncoder().encode('what is sealed');

test('a packet is, to the byte, what the documentation says', () => {
  const ring = keyRing('one');
  const [key] = ring;
  const [packetKey] = packetKeys(ring, 'datagram') as [ReturnType<typeof packetKeys>[0]];
  const [salt, receiver] = [newSalt(), newSalt()];
  const header = {
    kind: kinds.data,
    keyHint: packetKey.hint,
    salt,
    hint: receiver.hint,
    counter: 0x01020304,
  };
  const packet = seal(keyOfSalt(packetKey, salt), header, { receiver, way }, plain);

  const clear = Buffer.concat([
    Buffer.of(0b01_000000 | (Number.parseInt(key.id.slice(0, 2), 16) & 0b111111)),
    salt.bytes,
    receiver.bytes.subarray(0, 4),
    Buffer.of(1, 2, 3, 4),
  ]);
  const subKey = createHmac('sha256', key.datagram)
    .update('circuit packet 1')
    .update(salt.bytes)
    .update(Buffer.of(1))
    .digest();
  const cipher = createCipheriv(
    'aes-256-gcm',
    subKey,
    Buffer.of(0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4),
  );
  cipher.setAAD(Buffer.concat([clear, receiver.bytes, Buffer.from('10.0.0.1:1 10.0.0.2:2')]));
  const body = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  expect(Buffer.from(packet)).toEqual(Buffer.concat([clear, body]));
});

test('a packet is opened only with its key, its receiver and its way', () => {
  const keys = packetKeys(keyRing('one', 'two'), 'datagram');
  const [key, other] = keys as [(typeof keys)[0], (typeof keys)[0]];
  const [salt, receiver] = [newSalt(), newSalt()];
  const header = { kind: kinds.data, keyHint: key.hint, salt, hint: receiver.hint, counter: 7 };
  const packet = seal(keyOfSalt(key, salt), header, { receiver, way }, plain).slice();
  const read = headerOf(packet);
  expect(read).toEqual(header);
  if (read === undefined) return;
  const mine = keyOfSalt(key, salt);
  expect(open(mine, read, { receiver, way }, packet)).toEqual(plain);
  expect(open(keyOfSalt(other, salt), read, { receiver, way }, packet)).toBeUndefined();
  expect(open(keyOfSalt(key, newSalt()), read, { receiver, way }, packet)).toBeUndefined();
  expect(open(mine, read, { receiver: newSalt(), way }, packet)).toBeUndefined();
  expect(open(mine, read, { receiver: nobody, way }, packet)).toBeUndefined();
  expect(open(mine, read, { receiver, way: 'elsewhere' }, packet)).toBeUndefined();
  const [multicast] = packetKeys(keyRing('one'), 'multicast') as [(typeof keys)[0]];
  expect(open(keyOfSalt(multicast, salt), read, { receiver, way }, packet)).toBeUndefined();
});

test('what is too short, or of no kind, is no packet', () => {
  expect(headerOf(new Uint8Array(32).fill(0x7f))).toBeUndefined();
  expect(headerOf(new Uint8Array(33).fill(0x3f))).toBeUndefined();
  expect(headerOf(new Uint8Array(33).fill(0x40))).toMatchObject({ kind: kinds.data });
  expect(headerOf(new Uint8Array(0))).toBeUndefined();
});

test('a salt is never that of nobody', () => {
  for (let i = 0; i < 100; i++) expect(newSalt().hint).not.toBe(nobody.hint);
});
