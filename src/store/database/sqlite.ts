import { createRequire } from 'node:module';
import type Database from 'better-sqlite3';

/** The first Node whose better-sqlite3 is the newer one, on Node-API. */
const NEWER_FROM = 22;

/**
 * better-sqlite3 for this Node: 12 runs on Node 20 and ends the process on Node 24.19 and later when a statement is
 * collected; 13 runs on Node 22 and later only.
 */
export const SQLITE_PACKAGE =
  Number.parseInt(process.versions.node, 10) >= NEWER_FROM ? 'better-sqlite3-13' : 'better-sqlite3';

/** It is loaded by `require`, which can choose. */
export const Sqlite = createRequire(import.meta.url)(SQLITE_PACKAGE) as typeof Database;
