import type { DescribedTable } from '../../../query/report/describe-store.js';
import type { ReportFormat } from '../../shared/report.js';

/** What `telemetry schema` can do with registered schemas; without one of these it prints what there is to query. */
export const ACTIONS = ['register', 'list', 'show', 'rm', 'check'] as const;

/** What may become of an event that its schema finds wrong. */
export const CHOICES = ['reject', 'tag', 'accept'] as const;

/** What `telemetry schema` was asked for, settings included. */
export interface SchemaOptions {
  readonly store: string;
  /** One table; undefined is events and streams. */
  readonly table?: DescribedTable | undefined;
  /** Events of one type. */
  readonly type?: string | undefined;
  /** Already decided: table on a terminal, else json, unless --format was given. */
  readonly format: ReportFormat;
}

/** What `telemetry schema ACTION` was asked for. */
export interface SchemaActionOptions extends SchemaOptions {
  readonly action: (typeof ACTIONS)[number];
  /** The name of a schema; of `check` the file. */
  readonly name: string;
  /** Of the schema to register; `-` is stdin. */
  readonly file: string;
  readonly onInvalid: (typeof CHOICES)[number] | undefined;
}
