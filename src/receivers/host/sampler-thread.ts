import { parentPort } from 'node:worker_threads';
import { machineSampler } from './machine.js';

const sample = machineSampler();

/** Replies to each message with a sample of the machine. */
parentPort?.on('message', () => {
  void sample().then(measured => parentPort?.postMessage(measured));
});
