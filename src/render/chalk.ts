import { Chalk, type ChalkInstance } from 'chalk';

const COLORED = new Chalk({ level: 1 });
const PLAIN = new Chalk({ level: 0 });

/** Chalk with the 16 colours that every terminal theme defines, or without colours; ignores the environment. */
export function chalkFor(color: boolean): ChalkInstance {
  return color ? COLORED : PLAIN;
}
