/** How often each law is tried: a few times in the suite, and as `npm run fuzz` says in a long run. */
export const FUZZ_RUNS = Number(process.env.FUZZ_RUNS ?? 150);

/** The same cases in every run of the suite; a long run takes others when it is told another seed. */
export const FUZZ_SEED = Number(process.env.FUZZ_SEED ?? 20261122);
