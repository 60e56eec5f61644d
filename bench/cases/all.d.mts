/** All cases, in the order in which they run and the page lists them. */
export const CASES: readonly { readonly name: string }[];
