/** The paths of questions, and unknown paths of /api. The paths of senders are excluded: their replies are different. */
const QUERY_PATH = /^\/api(?:\/(?!(?:collect|v\d+)(?:\/|$)|ping$).*)?$/s;

/** True for a path whose clients read JSON errors, and that is closed to pages of other origins. */
export function isQueryPath(path: string): boolean {
  return QUERY_PATH.test(path);
}
