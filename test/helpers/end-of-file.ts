import { afterAll } from 'vitest';
import { closeClients } from './otlp-grpc.js';
import { endServers } from './server.js';
import { endServersInProcess } from './server-in-process.js';

// A setup file: vitest runs it for each test file, also where files share their modules.
afterAll(async () => {
  endServers();
  await endServersInProcess();
  closeClients();
});
