const RESERVED =
  'all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create default ' +
  'deferrable desc describe distinct do else end except false fetch for foreign from group having in initially ' +
  'intersect into lambda lateral leading limit not null offset on only or order pivot pivot_longer pivot_wider placing ' +
  'primary qualify references returning select show some summarize symmetric table then to trailing true union unique ' +
  'unpivot using variadic when where window with';

const TYPE_FUNCTION =
  'anti asof at authorization binary by collation columns concurrently cross freeze full generated glob ilike inner is ' +
  'isnull join left like map natural notnull outer overlaps positional right semi similar struct tablesample try_cast ' +
  'unpack verbose';

/**
 * The words that are no column without double quotes, in lower case: the categories `reserved` and `type_function` of
 * DuckDB's duckdb_keywords(). An event may have such a key: `at`, `to`, `end`.
 */
export const QUOTED_WORDS: ReadonlySet<string> = new Set([...RESERVED.split(' '), ...TYPE_FUNCTION.split(' ')]);
