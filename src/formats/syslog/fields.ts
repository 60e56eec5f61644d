/** The context of a message. */
export interface SyslogContext {
  /** Time of receipt, in milliseconds since 1970: RFC 3164 omits the year. */
  readonly now: number;
  /** The sender's address, for messages without a host. */
  readonly peer: string | undefined;
}

/** The parts of a message after its PRI, as members of the event. */
export interface SyslogFields {
  /** ISO 8601; undefined when the message has no time. */
  readonly time: string | undefined;
  /** In the order of the event; undefined ones are omitted. */
  readonly members: Readonly<Record<string, unknown>>;
}
