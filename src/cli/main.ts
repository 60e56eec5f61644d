import { TelemetryError } from '../core/errors.js';
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
  // Read by the commands that need it: the directory may be gone.
  get cwd() {
    return workingDirectory();
  },
  now: Date.now,
});

function workingDirectory(): string {
  try {
    return process.cwd();
  } catch (cause) {
    throw new TelemetryError('failure', 'the working directory no longer exists', {
      remedy: 'Change to another directory.',
      cause,
    });
  }
}

// An exit, rather than an empty event loop: a stdin left open must not keep a finished command alive.
process.exit(isStillRunning(error) ? await forceEnd(process, code) : code);
