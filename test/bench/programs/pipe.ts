/** What `circuit stdout` does at least: the output of a process to our own, by Node. */

import { spawn } from 'node:child_process';

const [command = 'true', ...args] = process.argv.slice(2);
const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
child.stdout.pipe(process.stdout);
