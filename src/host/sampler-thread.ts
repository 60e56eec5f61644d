import { parentPort } from 'node:worker_threads';
import { sampleMachine } from './machine.js';

/** Answers each message with a sample of the machine. */
parentPort?.on('message', () => {
  void sampleMachine().then(sample => parentPort?.postMessage(sample));
});
