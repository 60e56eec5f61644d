/** The attribute with the largest difference in share between samples of both sides. */
export function sampledScore(
  matching: readonly object[],
  others: readonly object[],
  size: number,
  seed: number,
): string;
