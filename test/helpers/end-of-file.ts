import { afterAll } from 'vitest';
import { closeClients } from './otlp-grpc.js';
import { endServers } from './server.js';

// A setup file: vitest runs it for each test file, also where files share their modules.
afterAll(() => {
  endServers();
  closeClients();
});
