import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { removeDirectory } from './remove-directory.js';

/** The browsers of Debian and others, by the names of their commands. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** The command of a Chromium; undefined when none is installed. */
export const CHROMIUM = NAMES.find(name => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0);

/** A page takes about a second; a machine with other work many times that. */
const BROWSER_MS = 90_000;

/** Hosts that the browser itself asks for updates and the time, whatever the page. */
const OWN_HOSTS = /(?:^|[/.])(?:google|googleapis|gvt1|gstatic)\.com\b/;

/** A file as a browser shows it. */
export interface OpenedPage {
  /** The document after its scripts have run, as HTML. */
  readonly dom: string;
  /** What it asked a proxy for: every request of the page that is not for the file. */
  readonly requests: readonly string[];
}

/** Opens a file in a Chromium without a window, whose network is a proxy that notes and refuses each request. */
export async function openInChromium(file: string): Promise<OpenedPage> {
  const requests: string[] = [];
  const proxy = createServer((request, response) => {
    requests.push(request.url ?? '');
    response.writeHead(403).end();
  });
  proxy.on('connect', (request, socket) => {
    requests.push(request.url ?? '');
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const home = mkdtempSync(join(tmpdir(), 'telemetry-chromium-'));
  try {
    const { port } = proxy.address() as AddressInfo;
    const child = spawn(
      CHROMIUM!,
      [
        '--headless=new',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
        `--user-data-dir=${home}`,
        `--proxy-server=http://127.0.0.1:${port}`,
        '--proxy-bypass-list=<-loopback>',
        '--virtual-time-budget=3000',
        '--dump-dom',
        pathToFileURL(file).href,
      ],
      { stdio: ['ignore', 'pipe', 'ignore'], timeout: BROWSER_MS, env: { ...process.env, HOME: home } },
    );
    const [dom] = await Promise.all([text(child.stdout), once(child, 'close')]);
    return { dom, requests: requests.filter(url => !OWN_HOSTS.test(url)) };
  } finally {
    proxy.close();
    removeDirectory(home);
  }
}
