const number = new Intl.NumberFormat('en-US');

/** `1 event`, `1,200 events`. */
export function counted(count: number, noun: string): string {
  return `${number.format(count)} ${noun}${count === 1 ? '' : 's'}`;
}
