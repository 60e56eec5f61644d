#!/usr/bin/env node
import { askServer } from '../dist/cli/query-service/ask.js';

const args = process.argv.slice(2);
const code = await askServer(args);
if (code === undefined) await import('../dist/cli/main.js');
else process.exit(code);
