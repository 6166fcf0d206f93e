import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isOwnerGone, ownerOfOurs } from '../../../transport/container-owner.ts';
import { statOf } from '../../../transport/proc-stat.ts';
import { until } from '../../support/programs.ts';

const ours = ownerOfOurs() as string;
const [boot, namespace, pid, start] = ours.split(' ');

const ofProcess = (number: number) => `${boot} ${namespace} ${number} ${statOf(number)[19]}`;

test('who runs is not gone', async () => {
  expect(isOwnerGone(ours)).toBe(false);
  const child = spawn('cat', { stdio: ['pipe', 'ignore', 'ignore'] });
  await once(child, 'spawn');
  const label = ofProcess(child.pid as number);
  expect(isOwnerGone(label)).toBe(false);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(isOwnerGone(label)).toBe(true);
});

test('whose number another process has now is gone', () => {
  expect(isOwnerGone(`${boot} ${namespace} ${pid} ${Number(start) - 1}`)).toBe(true);
  expect(isOwnerGone(`${boot} ${namespace} 1 ${Number(statOf(1)[19]) + 1}`)).toBe(true);
});

test('who has ended and was not waited for is gone', async () => {
  // The shell becomes a program that does not wait for the child that the shell began.
  const script = 'exec 3<&0; (read line <&3) & echo $!; exec sleep 1000';
  const parent = spawn('sh', ['-c', script], { stdio: ['pipe', 'pipe', 'ignore'] });
  const [text] = await once(parent.stdout, 'data');
  await until('it is sleep', () => readFileSync(`/proc/${parent.pid}/comm`, 'utf8') === 'sleep\n');
  const label = ofProcess(Number(text));
  expect(isOwnerGone(label)).toBe(false);
  parent.stdin.end();
  await until('it has ended', () => statOf(Number(text))[0] === 'Z');
  expect(isOwnerGone(label)).toBe(true);
  parent.kill('SIGKILL');
  await once(parent, 'exit');
});

test('of owners elsewhere nothing is known, nor of what is no label of ours', () => {
  const gone = spawnSync('true').pid;
  expect(isOwnerGone(`${boot} ${namespace} ${gone} 1`)).toBe(true);
  expect(isOwnerGone(`${boot} pid:[1] ${gone} 1`)).toBe(false);
  expect(isOwnerGone(`${crypto.randomUUID()} ${namespace} ${gone} 1`)).toBe(false);
  for (const junk of ['', 'a', `${boot} ${namespace}`, `${boot} ${namespace} 0 1`, ` ${ours}`]) {
    expect(isOwnerGone(junk), junk).toBe(false);
  }
  for (const number of ['-1', '99999999999', 'self', `${gone}x`]) {
    expect(isOwnerGone(`${boot} ${namespace} ${number} 1`), number).toBe(false);
  }
});

test('the place is that of the kernel', () => {
  expect(boot).toBe(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
  expect(namespace).toMatch(/^pid:\[\d+\]$/);
});
