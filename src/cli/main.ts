import { runCommandLine } from './command-line.js';
import { forceEnd, isStillRunning } from './shared/forced-end.js';
import { interruption, takeSignals } from './shared/signals.js';
import { createStreams } from './shared/streams.js';
import { isSupervised } from './shared/supervised.js';

const { env } = process;

const { code, error } = await runCommandLine(process.argv.slice(2), {
  streams: createStreams(process, env),
  signal: interruption(process),
  onHangUp: callback => void process.on('SIGHUP', callback),
  takeSignals: callback => takeSignals(process, callback),
  mayEndInNativeCode: isSupervised(process),
  env,
  cwd: process.cwd(),
  now: Date.now,
});

// An exit, rather than an empty event loop: a stdin left open must not keep a finished command alive.
process.exit(isStillRunning(error) ? await forceEnd(process, code) : code);
