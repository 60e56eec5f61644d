/** The page that shows the figures. */
export const PAGE: string;

/** The rows of the page's table, without its head. */
export function rowsOf(text: string): string[];

/** The name of the case that a row is about. */
export function nameOf(row: string): string;
