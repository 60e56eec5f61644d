#!/usr/bin/env node
'use strict';
const { askServer } = require('../dist/cli/query-service/ask.cjs');

void askServer(process.argv.slice(2)).then(code => {
  if (code === undefined) return import('../dist/cli/main.js');
  process.exit(code);
});
