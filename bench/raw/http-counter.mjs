// The raw operation of single posts: node:http that reads each body and replies with how many events it held. Prints its port.
import { createServer } from 'node:http';

const NEWLINE = 10;

const server = createServer((request, response) => {
  let lines = 0;
  request.on('data', chunk => {
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) lines++;
  });
  request.on('end', () => response.end(String(lines)));
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
process.on('SIGTERM', () => process.exit(0));
